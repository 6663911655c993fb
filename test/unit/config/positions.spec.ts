import assert from "node:assert/strict";
import type { Issue } from "../../../config/issue";
import { validateStackFile } from "../../../config/validate";
import { edited, good } from "./good";

/** Without the warning that every file here would have, since the shortest one leaves versions to the program. */
const issuesOf = (text: string): readonly Issue[] =>
  validateStackFile(text).issues.filter(({ code }) => code !== "version-unwritten");

/** `line:column code` of every issue, the columns counted by hand. */
const places = (text: string) => issuesOf(text).map(({ line, column, code }) => `${line}:${column} ${code}`);

const minimal = (cluster: string) => `config:
  opencenter:organization: acme
  opencenter:cluster:
    name: c
    environment: development
    openstack: {externalNetwork: n, image: i}
    access: {sshAllowedCidrs: [192.0.2.0/24], apiAllowedCidrs: [192.0.2.0/24]}
    controlPlane: {count: 3, flavor: f}
${cluster}`;

const POOLS = "    pools: {a: {count: 1, flavor: f}}\n";

describe("positions", () => {
  it("accepts the shortest useful file", () => {
    assert.deepEqual(issuesOf(minimal(POOLS)), []);
  });

  it("are those of values in block and flow style", () => {
    const text = minimal(`${POOLS}    network:\n      mtu: 1\n    kubernetes: {forks: 1, version: x}\n`);
    assert.deepEqual(places(text), ["11:12 invalid-value", "12:18 unknown-key", "12:37 invalid-value"]);
  });

  it("are those of values on the next line and over several lines", () => {
    const text = minimal(
      `${POOLS}    network:\n      mtu:\n        1\n    domain: |\n      one\n      two\n`,
    );
    assert.deepEqual(places(text), ["12:9 invalid-value", "13:13 invalid-value"]);
  });

  it("are those of list entries", () => {
    const text = minimal(
      `${POOLS}    network:\n      dnsServers:\n      - 9.9.9.9\n      - x\n      ntpServers: [a, "b c"]\n`,
    );
    assert.deepEqual(places(text), ["13:9 invalid-value", "14:23 invalid-value"]);
  });

  it("lead through anchors to where the value is written", () => {
    const text = minimal(
      "    pools:\n      a: &pool {count: 1, flavor: f, configDrive: maybe}\n      b: *pool\n",
    );
    assert.deepEqual(places(text), ["10:51 wrong-type", "10:51 wrong-type"]);
  });

  it("lead through merge keys, whose values count", () => {
    const text = minimal(
      "    pools:\n      a: &pool\n        count: 1\n        flavor: f\n        mtu: 7\n      b:\n        <<: *pool\n        count: x\n",
    );
    assert.deepEqual(places(text), ["13:9 unknown-key", "13:9 unknown-key", "16:16 wrong-type"]);
  });

  it("are those of the alias when it stands for one value", () => {
    const text = minimal(
      `    domain: &d Big\n    pools: {a: {count: 1, flavor: f, labels: {x: *d}}}\n    apiEndpoint: {hostname: *d}\n`,
    );
    assert.deepEqual(places(text), ["9:16 invalid-value", "11:29 invalid-value"]);
  });

  it("are those of the nearest parent for what is missing", () => {
    const text = minimal("    pools:\n      a:\n        count: 1\n      b: {count: 1}\n");
    assert.deepEqual(places(text), ["10:7 missing-key", "12:10 missing-key"]);
  });

  it("are those of the key for a block of the wrong type, and of what is empty", () => {
    const text = minimal(`${POOLS}    network:\n      - x\n    kubernetes:\n    services: # nothing\n`);
    assert.deepEqual(places(text), ["10:5 wrong-type", "12:5 wrong-type", "13:5 wrong-type"]);
  });

  it("count with Windows line ends", () => {
    const text = minimal(`${POOLS}    network:\n      mtu: 1\n`).replace(/\n/g, "\r\n");
    assert.deepEqual(places(text), ["11:12 invalid-value"]);
  });

  it("give paths in the form of the documentation", () => {
    const text = edited(good, [["        nodes: [1, 3]", "        nodes: [1, 0]"]]);
    assert.deepEqual(
      issuesOf(text).map((issue) => issue.path),
      ["cluster.pools.gpu.nodes[1]"],
    );
  });
});

describe("files that are no configuration", () => {
  const cases: readonly (readonly [title: string, text: string, ...places: string[]])[] = [
    ["empty", "", "1:1 empty-file"],
    ["only a comment", "# nothing\n", "1:1 empty-file"],
    ["without config", "secretsprovider: passphrase\n", "1:1 missing-config"],
    ["a list", "- config\n", "1:1 missing-config"],
    ["an empty config", "encryptionsalt: x\nconfig:\n", "1:1 missing-config"],
    ["without a cluster", "config:\n  opencenter:organization: acme\n", "1:1 missing-key"],
    ["without anything of ours", "config:\n  pulumi:x: y\n", "1:1 missing-key", "1:1 missing-key"],
    [
      "a cluster of text",
      "config:\n  opencenter:organization: a\n  opencenter:cluster: x\n",
      "3:23 wrong-type",
    ],
    ["tab", "config:\n  a:b:\n\t- x\n", "3:1 yaml-syntax"],
    ["wrong indentation", "config:\n  a:b: 1\n c:d: 2\n", "3:1 yaml-syntax"],
    ["two values", "config:\n  a:b: c: d\n", "2:8 yaml-syntax"],
    ["two documents", "config:\n  a:b: c\n---\nx: y\n", "3:1 yaml-syntax"],
    ["an alias of nothing", "config:\n  a:b: *x\n", "2:8 yaml-alias"],
    ["an alias of itself", "config:\n  a:b: &x [*x]\n", "2:12 yaml-alias"],
    [
      "an encrypted cluster",
      "config:\n  opencenter:organization: a\n  opencenter:cluster: {secure: x}\n",
      "3:23 secret-in-cluster",
    ],
  ];
  for (const [title, text, ...expected] of cases) {
    it(title, () => {
      const { valid, config } = validateStackFile(text);
      assert.deepEqual(places(text), expected);
      assert.equal(valid, false);
      assert.equal(config, undefined);
    });
  }

  it("never shows what should have been a secret", () => {
    const text = edited(good, [
      ["  opencenter:gitToken:\n    secure: v1:AAAA:BBBB", "  opencenter:gitToken: hunter2"],
    ]);
    assert.equal(JSON.stringify(issuesOf(text)).includes("hunter2"), false);
  });
});
