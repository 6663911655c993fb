/** Every rule by the examples of its documentation: what it refuses, lets pass, and does not know yet. */
import assert from "node:assert/strict";
import { evaluate, pageOf } from "../../policy/evaluate";
import { UNKNOWN, type Resource } from "../../policy/graph";
import { ENVIRONMENTS, type Rule } from "../../policy/rule";
import { rules } from "../../policy/rules";
import { readSettings } from "../../policy/settings";
import { type Example, PROD, resource, sections } from "./examples";

const documented = sections();

function exampleOf({ name }: Rule, kind: "bad" | "good"): Example {
  const example = documented.find((section) => section.name === name)?.[kind];
  assert.ok(example, `${name} has no ${kind} example`);
  return example;
}

function findings(rule: Rule, { resources, settings }: Example) {
  return evaluate(rule, resources, { ...PROD, rules: { [rule.name]: settings } });
}

/** As in the preview of a stack that is not there yet, and then some: nothing at all is known. */
function unknown({ resources, settings }: Example): Example {
  const blank = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(blank)
      : typeof value === "object" && value !== null
        ? blanked(value)
        : UNKNOWN;
  const blanked = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, blank(item)]));
  return { resources: resources.map((one) => ({ ...one, props: blanked(one.props) })), settings };
}

/** Rules about what is missing, or about what Pulumi itself knows: these need no value. */
const NEEDS_NO_VALUE = new Set([
  "api-redundant",
  "budget-floating-ips",
  "budget-instances",
  "budget-vcpus",
  "cluster-identifier",
  "cloud-retries",
  "command-no-previous-output",
  "command-quiet",
  "default-rules-deleted",
  "explicit-provider",
  "has-component",
  "key-pair-ours",
  "listener-restricted",
  "named-after-cluster",
  "no-rebuild",
  "port-guarded",
  "rule-described",
  "secrets-mutable",
  "stateful-protected",
  "volumes-encrypted",
]);

describe("rules", () => {
  for (const rule of rules) {
    describe(rule.name, () => {
      it("refuses its bad example, and says what to do and where to read on", () => {
        const found = findings(rule, exampleOf(rule, "bad"));
        assert.ok(found.length > 0, "nothing was found");
        for (const { message } of found) {
          assert.ok(message.includes(`→ ${rule.fix}`) && message.includes(pageOf(rule)), message);
          assert.doesNotMatch(message, /undefined|\[object|Symbol/);
        }
      });

      it("has nothing against its good example", () => {
        assert.deepEqual(findings(rule, exampleOf(rule, "good")), []);
      });

      it("does not stumble over values that are not known yet", () => {
        const found = findings(rule, unknown(exampleOf(rule, "bad")));
        if (!NEEDS_NO_VALUE.has(rule.name)) assert.deepEqual(found, []);
        for (const { message } of found) assert.doesNotMatch(message, /undefined|\[object|Symbol/);
        findings(rule, unknown(exampleOf(rule, "good")));
      });

      it("has nothing against resources of other kinds", () => {
        const other = resource({ type: "random:index/randomId:RandomId", name: "prod-id", protect: true });
        assert.deepEqual(evaluate(rule, [other], { ...PROD, rules: {} }), []);
      });

      it("is as strict in production as anywhere, and in no environment stricter", () => {
        const strictness = ENVIRONMENTS.map((one) =>
          ["disabled", "advisory", "mandatory"].indexOf(rule.levels[one]),
        );
        assert.deepEqual(strictness, [...strictness].sort());
      });
    });
  }

  it("have options that each make a difference", () => {
    const indifferent = rules.flatMap((rule) =>
      Object.keys(rule.options)
        .filter((option) => !makesADifference(rule, option))
        .map((option) => `${rule.name}.${option}`),
    );
    assert.deepEqual(indifferent, []);
  });

  /** Some value of the option changes what one of the examples gives, in some environment. */
  function makesADifference(rule: Rule, option: string): boolean {
    const values = [
      [],
      ["luks"],
      ["10.0.0.0/8"],
      ["keys"],
      0,
      1,
      3,
      64,
      1000,
      ["a"],
      ["prod-cp-2", "prod-storage-1-data"],
      [30443],
      { large: 8 },
      { large: 1 },
    ];
    const widest = { type: "rule", name: "prod-v6" };
    const ipv6: Resource = resource({
      ...widest,
      props: {
        direction: "ingress",
        protocol: "tcp",
        ethertype: "IPv6",
        remoteIpPrefix: "2001:db8::/32",
        ...(rule.name === "api-not-open" ? { portRangeMin: 6443 } : { portRangeMin: 22 }),
      },
    });
    const examples = [exampleOf(rule, "bad"), exampleOf(rule, "good")];
    // Also without the first resource: what it was spread over, say, then is all there is.
    const fewer = examples.map(({ resources, settings }) => ({ resources: resources.slice(1), settings }));
    return [...examples, ...fewer, { resources: [ipv6], settings: {} }].some(({ resources, settings }) => {
      const seen = values
        .filter((value) => isValid(rule, option, value))
        .map((value) => findings(rule, { resources, settings: { ...settings, [option]: value } }).length);
      return new Set(seen).size > 1;
    });
  }

  function isValid(rule: Rule, option: string, value: unknown): boolean {
    const config = new Map([["opencenter:policy", JSON.stringify({ [rule.name]: { [option]: value } })]]);
    return readSettings(config, rules).problems.length === 0;
  }
});
