/** `docs/operations/offline.md`: its example is a configuration, and what it says of each key is what Kubespray is given. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { validateStackFile } from "../../../config/validate";
import { schemaModel, type SchemaNode } from "../../../config/checking/schemaModel";
import { sourceVariables } from "../../../plan/kubernetes/groupVars/sources";

const root = join(__dirname, "../../..");
const page = readFileSync(join(root, "docs/operations/offline.md"), "utf8");

function exampleOfPage() {
  const file = parse(readFileSync(join(root, "stacks/Pulumi.minimal.yaml"), "utf8")) as {
    config: Record<string, object>;
  };
  const example = parse(/```yaml\n([^]*?)```/.exec(page)![1]!) as object;
  Object.assign(file.config["opencenter:cluster"]!, example);
  return validateStackFile(stringify(file));
}

describe("docs/operations/offline.md", () => {
  it("has an example that nothing is said against", () => {
    assert.deepEqual(exampleOfPage().issues, []);
  });

  it("names the folder of every upstream host on the server of files", () => {
    const variables = sourceVariables(exampleOfPage().config!);
    const folders = Object.values(variables).flatMap(
      (value) => /^\{\{ files_repo \}\}\/(.+)$/.exec(String(value))?.[1] ?? [],
    );
    assert.ok(folders.length > 3);
    for (const folder of folders) assert.ok(page.includes(`\`<files>/${folder}/…\``), folder);
    assert.ok("containerd_registries_mirrors" in variables && "registry_host" in variables);
  });

  it("names every key of kubespray.offline, and a list of packages that is there", () => {
    const { cluster } = schemaModel().properties as Record<string, SchemaNode>;
    const keys = Object.keys(cluster!.properties!["kubespray"]!.properties!["offline"]!.properties!);
    for (const key of keys) assert.ok(page.includes(`\`kubespray.offline.${key}\``), key);
    const [, list] = /--require-hashes .*-r (\S+)/.exec(page)!;
    assert.ok(existsSync(join(root, list!)), list);
  });
});
