import assert from "node:assert/strict";
import { parse } from "yaml";
import { valueAt } from "../../../config/checking/values";
import { isMapping } from "../../../config/stackFile/keys";
import { validateStackFile, validateStackValues } from "../../../config/validate";
import { edited, good, marked, type Edit } from "./good";

type Key = string | number;

function valuesOf(text: string) {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return { organization: config["opencenter:organization"], cluster: config["opencenter:cluster"] };
}

const values = () => valuesOf(good);

/** Valid, and with as many values as possible that do not go with the defaults of the others. */
const farFromDefaults = edited(
  good.replaceAll("10.20.", "10.77.").replaceAll("10.42.", "10.20.").replaceAll("10.43.", "10.42."),
  [
    ["      ref: v2.31.0", "      ref: v2.30.0"],
    ["      version: 1.35.4", "      version: 1.32.0"],
    ["      podPrefixPerNode: 24", "      podPrefixPerNode: 20"],
    [
      "      monitor: {delaySeconds: 10, timeoutSeconds: 5}",
      "      monitor: {delaySeconds: 4, timeoutSeconds: 3}",
    ],
    ["        active: 2", "        active: 3"],
    ["generations: [1, 2]", "generations: [2, 3]"],
    [
      "      loki: {enabled: true}",
      "      keycloak: {enabled: true}\n      postgres-operator: {enabled: true}",
    ],
    ["      clusterDomain: cluster.local", "      clusterDomain: inner.local"],
    ["hostname: api.prod.acme.org", "hostname: api.cluster.local"],
    ["    domain: prod.acme.org", "    domain: cluster.local"],
  ],
);

function expectMarks(...edits: Edit[]): void {
  const text = edited(good, edits);
  const { issues } = validateStackFile(text);
  assert.deepEqual(
    issues.map(({ line, severity, code }) => `${line} ${severity} ${code}`).sort(),
    marked(text).sort(),
  );
}

describe("several problems at once", () => {
  it("tells problems of schema, rules and file together", () => {
    expectMarks(
      ["    environment: production", "    environment: prod # ! not-one-of"],
      ["      vip: 10.20.0.6", "      vip: 10.99.0.1 # ! vip-outside-subnet"],
      ["      count: 3\n      flavor: medium", "      count: 2 # ! control-plane-even\n      flavor: medium"],
      ["      podCidr: 10.42.0.0/16", "      podCidr: 10.43.0.0/16"],
      ["      serviceCidr: 10.43.0.0/16", "      serviceCidr: 10.43.0.0/16 # ! cidr-overlap"],
      ["  opencenter:gitToken:\n    secure: v1:AAAA:BBBB", "  opencenter:gitToken: x # ! plain-secret"],
      ["      loki: {enabled: true}", "      lokii: {enabled: true} # ! unknown-key"],
      ["      version: 1.35.4", "      version: 1.99.0 # ! kubernetes-version-unsupported"],
      ["      ntpServers: [time.acme.org]", "      ntpServers: [CHANGEME] # ! placeholder"],
    );
  });

  it("tells what is wrong with an entry behind one that was dropped, at its own place", () => {
    expectMarks([
      "dnsServers: [9.9.9.9, 1.1.1.1]",
      "dnsServers:\n        - banana # ! invalid-value\n        - 9.9.9.9\n        - 127.0.0.1 # ! dns-server-unreachable",
    ]);
  });

  it("checks a pool although its neighbour is broken", () => {
    expectMarks(
      ["        flavor: gpu\n", ""],
      ["      gpu:\n", "      gpu: # ! missing-key\n"],
      ["          workload: general", '          "a b": x # ! label-key'],
    );
  });

  it("does not judge by a default what a misspelled key was to set", () => {
    expectMarks(["      cidr: 10.20.0.0/22", "      cdir: 10.99.0.0/22 # ! unknown-key"]);
  });

  it("does not judge by the old key's place what it was to set", () => {
    expectMarks([
      "      count: 3\n      flavor: medium",
      "      master_count: 3 # ! unknown-key\n      flavor: medium",
    ]);
  });

  it("tells an exact duplicate once", () => {
    const { issues } = validateStackFile(
      good.replace("count: 3\n      flavor: medium", "count: 2\n      flavor: medium"),
    );
    assert.equal(new Set(issues.map((issue) => JSON.stringify(issue))).size, issues.length);
  });
});

/** Every path of the good file that ends in something without parts, and every mapping and list on the way. */
function paths(value: unknown, path: Key[] = []): Key[][] {
  if (typeof value !== "object" || value === null) return [path];
  const entries: [Key, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [
    ...(path.length > 0 ? [path] : []),
    ...entries.flatMap(([key, item]) => paths(item, [...path, key])),
  ];
}

function replaced(path: Key[], replacement: unknown, root = values()) {
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<Key, unknown>)[key], root);
  (parent as Record<Key, unknown>)[path.at(-1)!] = replacement;
  return root;
}

const format = (path: Key[]) =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");

/** Anything may stand there, so nothing is wrong. */
const free = (path: Key[]) => path.includes("extraVars") || path.includes("values");

describe("one wrong value", () => {
  it("is all that is told, wherever it is", () => {
    const start = valuesOf(farFromDefaults);
    assert.deepEqual(validateStackValues(start).issues, []);
    const all = paths(start).filter((path) => !free(path));
    assert.ok(all.length > 100, `${all.length}`);
    for (const path of all) {
      // A mapping with a key too many is still one: what it leaves out has its default, which then counts.
      const strange = isMapping(valueAt(start, path)) ? [] : [{ surprise: { nested: true } }];
      for (const wrong of [null, [[1]], ...strange]) {
        const { issues, valid } = validateStackValues(replaced(path, wrong, structuredClone(start)));
        const name = format(path);
        const elsewhere = issues.filter((issue) => !issue.path.startsWith(name));
        assert.equal(valid, false, `${name} = ${JSON.stringify(wrong)} was accepted`);
        // What a wrong mapping lacks is told at its own path; nothing else may be.
        assert.deepEqual(elsewhere, [], `${name} = ${JSON.stringify(wrong)}`);
      }
    }
  });

  it("never stops the check with an exception, whatever the whole is", () => {
    for (const whole of [undefined, null, 1, "x", [], {}, [{}], { name: [] }, { pools: { a: null } }]) {
      assert.equal(validateStackValues({ organization: whole, cluster: whole }).valid, false);
    }
  });
});

describe("values of the engine", () => {
  it("are checked without a file", () => {
    const { valid, config, issues } = validateStackValues(values());
    assert.deepEqual(issues, []);
    assert.equal(valid, true);
    assert.equal(config?.organization, "acme");
  });

  it("have no positions without a file", () => {
    const [issue] = validateStackValues(replaced(["cluster", "network", "mtu"], 7)).issues;
    assert.equal(issue?.path, "cluster.network.mtu");
    assert.equal(issue?.line, undefined);
    assert.equal("line" in issue, false);
  });

  it("have the positions of a file that says the same", () => {
    const text = edited(good, [["      mtu: 1450", "      mtu: 7"]]);
    const { issues } = validateStackValues(replaced(["cluster", "network", "mtu"], 7), text);
    assert.deepEqual(issues, validateStackFile(text).issues);
    assert.equal(issues[0]?.column, 12);
  });

  it("win over a file that says something else", () => {
    const text = edited(good, [["      mtu: 1450", "      mtu: 7"]]);
    const { valid, issues } = validateStackValues(values(), text);
    assert.deepEqual(issues, []);
    assert.equal(valid, true);
    const [issue] = validateStackValues(replaced(["cluster", "network", "mtu"], 8), text).issues;
    assert.match(issue?.message ?? "", /8/);
    assert.equal(issue?.line, undefined);
  });

  it("that were encrypted inside of the cluster are found by the file", () => {
    const text = edited(good, [
      ["      region: one\n      externalNetwork", "      region: {secure: v1:CC}\n      externalNetwork"],
    ]);
    const { issues } = validateStackValues(values(), text);
    assert.deepEqual(
      issues.map((issue) => `${issue.line} ${issue.code}`),
      ["17 secret-in-cluster"],
    );
  });

  it("are checked although the file is broken", () => {
    assert.equal(validateStackValues(values(), "config: [").valid, true);
  });
});
