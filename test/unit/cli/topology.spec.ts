import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { validateStackFile } from "../../../config/validate";
import { topologyMermaid } from "../../../cli/topology/mermaid";
import { topologyText } from "../../../cli/topology/text";
import { machinesOf, planCluster } from "../../../plan";
import { makeProject, opencenter, repository } from "./support/bin";

function planOf(name: string) {
  const { config } = validateStackFile(
    readFileSync(join(repository, "stacks", `Pulumi.${name}.yaml`), "utf8"),
  );
  assert.ok(config !== undefined);
  return planCluster(config);
}

describe("opencenter topology", () => {
  it("prints the plan as JSON, without asking a cloud", async () => {
    const { code, stdout } = await opencenter(["topology", "production", "--json"]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(planOf("production"))));
  });

  it("prints the issues of an invalid file to stderr, and ends with 1", async () => {
    const project = makeProject();
    writeFileSync(join(project.folder, "stacks", "Pulumi.bad.yaml"), "config: {opencenter:cluster: {}}\n");
    const { code, stdout, stderr } = await opencenter(["topology", "bad", "--mermaid"], {
      cwd: project.folder,
    });
    project.remove();
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /invalid stacks\/Pulumi\.bad\.yaml/);
  });

  it("refuses two forms at once", async () => {
    assert.equal((await opencenter(["topology", "minimal", "--json", "--mermaid"])).code, 2);
  });

  it("says in words what every machine is, and who may reach what", () => {
    const plan = planOf("production");
    const text = topologyText(plan, (_, word) => word);
    for (const { name, flavor } of machinesOf(plan))
      assert.match(text, new RegExp(`\\n {2}${name} .*${flavor}`));
    assert.match(text, /production-storage-2 .*az2 .*data 500 GiB.*workload=storage:NoSchedule/);
    assert.match(text, /tcp 2379-2380 +from control-plane +/);
    assert.match(text, /bastion +tcp 22 +from 198\.51\.100\.0\/24/);
  });

  it("draws every machine, and nothing that is not defined", () => {
    for (const name of ["minimal", "production"]) {
      const plan = planOf(name);
      const chart = topologyMermaid(plan);
      const defined = new Set(
        [...chart.matchAll(/^ *(?:subgraph )?(\w+)(?:\[|\(|\{)/gm)].map(([, id]) => id),
      );
      for (const machine of machinesOf(plan))
        assert.ok(defined.has(machine.name.replaceAll("-", "_")), machine.name);
      const edges = [...chart.matchAll(/^ *(\w+) -[-.]+>(?:\|\d+\|)? (\w+)$/gm)];
      assert.ok(edges.length >= 3);
      for (const [, from, to] of edges) assert.ok(defined.has(from) && defined.has(to), `${from} → ${to}`);
    }
  });
});
