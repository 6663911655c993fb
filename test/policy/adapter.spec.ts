/** From what Pulumi hands to a policy to what rules see. */
import assert from "node:assert/strict";
import { unknownCheckingProxy } from "@pulumi/policy";
import { plain, toGraph, toResource } from "../../policy/adapter";
import { isSecret, UNKNOWN } from "../../policy/graph";
import { secretPaths } from "../../policy/wire";

/** How the engine writes what it does not know yet, and what is secret. */
const NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

function given(name: string, props: Record<string, unknown> = {}) {
  return {
    type: "test:index:Thing",
    name,
    urn: `urn:pulumi:prod::p::test:index:Thing::${name}`,
    props: unknownCheckingProxy(props) as Record<string, unknown>,
    opts: {
      protect: true,
      ignoreChanges: ["a"],
      aliases: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
      additionalSecretOutputs: ["b"],
      parent: "urn:parent",
    },
    provider: { type: "pulumi:providers:test", props: {}, urn: "urn:provider", name: "prod-test" },
  };
}

describe("resources for rules", () => {
  it("have one value for what is not known, at every depth, and everything else as it is", () => {
    const props = {
      a: NOT_KNOWN,
      list: [1, NOT_KNOWN, { deep: NOT_KNOWN, there: true }],
      text: "x",
      none: null,
    };
    assert.deepEqual(plain(unknownCheckingProxy(props)), {
      a: UNKNOWN,
      list: [1, UNKNOWN, { deep: UNKNOWN, there: true }],
      text: "x",
      none: null,
    });
  });

  it("keep options, parent and provider", () => {
    const { protect, ignoreChanges, additionalSecretOutputs, parent, provider } = toResource(
      given("a"),
      () => new Set(),
    );
    assert.deepEqual(
      { protect, ignoreChanges, additionalSecretOutputs, parent, provider },
      {
        protect: true,
        ignoreChanges: ["a"],
        additionalSecretOutputs: ["b"],
        parent: "urn:parent",
        provider: "prod-test",
      },
    );
  });

  it("know from which others an input was made", () => {
    const extra = { dependencies: [], isType: () => false, asType: () => undefined };
    const port = { ...given("port"), ...extra, propertyDependencies: {} };
    const server = { ...given("server"), ...extra, propertyDependencies: { networks: [port] } };
    const [first, second] = toGraph([server, port], () => new Set());
    assert.equal(first?.uses["networks"]?.[0], second);
  });

  it("know which values are secret, wherever the mark is", () => {
    const paths = secretPaths({
      plain: "x",
      environment: { TOKEN: { ...SECRET, value: "y" } },
      list: [{ key: { ...SECRET, value: { a: { ...SECRET, value: 1 } } } }],
    });
    assert.deepEqual([...paths], ["environment.TOKEN", "list.0.key"]);
    const resource = toResource(given("a"), () => paths);
    assert.equal(isSecret(resource, "list.0.key.a"), true);
    assert.equal(isSecret(resource, "environment"), false);
  });
});
