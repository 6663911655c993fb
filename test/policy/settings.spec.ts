/** Settings of a stack: its environment, levels, options, and mistakes in them. */
import assert from "node:assert/strict";
import { rules } from "../../policy/rules";
import { levelOf, optionsOf, readSettings, STRICTEST } from "../../policy/settings";
import type { Rule } from "../../policy/rule";

const rule = (name: string): Rule => rules.find((one) => one.name === name)!;

function read(environment: string | undefined, policy?: unknown) {
  const config = new Map([
    ["opencenter:organization", "acme"],
    ["opencenter:cluster", JSON.stringify({ name: "prod", environment })],
  ]);
  if (policy !== undefined) config.set("opencenter:policy", JSON.stringify(policy));
  return readSettings(config, rules);
}

describe("settings of rules", () => {
  it("take the level of the stack's environment", () => {
    const levels = ["development", "staging", "production"].map((one) =>
      levelOf(rule("room-for-disruption"), read(one)),
    );
    assert.deepEqual(levels, ["disabled", "advisory", "mandatory"]);
  });

  it("take production's where the environment is not known", () => {
    assert.equal(levelOf(rule("stateful-protected"), read(undefined)), "mandatory");
    assert.equal(levelOf(rule("stateful-protected"), read("produktion")), "mandatory");
    assert.equal(readSettings(new Map([["opencenter:cluster", "{"]]), rules).environment, "production");
    assert.equal(STRICTEST.environment, "production");
  });

  it("know cluster and organisation", () => {
    const { cluster, organization } = read("staging");
    assert.deepEqual([cluster, organization], ["prod", "acme"]);
  });

  it("let the stack's file say another level, also none at all", () => {
    const settings = read("production", {
      "pool-minimum": { level: "disabled" },
      tagged: { required: ["team"] },
    });
    assert.equal(levelOf(rule("pool-minimum"), settings), "disabled");
    assert.equal(levelOf(rule("tagged"), settings), "mandatory");
    assert.deepEqual(settings.problems, []);
  });

  it("put the command line over the file, and the file over the environment's defaults", () => {
    const settings = read("development", { "budget-instances": { limit: 7, level: "advisory" } });
    const budget = rule("budget-instances");
    assert.deepEqual(optionsOf(budget, read("development")), { limit: 20 });
    assert.deepEqual(optionsOf(budget, settings), { limit: 7 });
    assert.deepEqual(optionsOf(budget, settings, { limit: 9, enforcementLevel: "mandatory" }), { limit: 9 });
  });

  it("name every mistake, and then apply none of the settings", () => {
    const settings = read("production", {
      tagged: { requird: ["a"], level: "off" },
      "budget-instances": { limit: -1 },
      "budget-vcpus": { flavors: { large: "8" } },
      "egress-limited": { to: ["10.0.0.0/99"] },
      "node-ports-declared": { worldPorts: ["30080"] },
      "no-such-rule": {},
      "pool-minimum": "advisory",
      "rule-described": { level: "disabled" },
    });
    const texts = [
      /tagged\.requird is not a setting of this rule; there are: level, required/,
      /tagged\.level must be one of disabled, advisory, mandatory/,
      /budget-instances\.limit must be a whole number of at least 0/,
      /budget-vcpus\.flavors must be a mapping from names to whole numbers/,
      /egress-limited\.to must be a list of networks/,
      /node-ports-declared\.worldPorts must be a list of integers/,
      /names no-such-rule, and there is no such rule/,
      /pool-minimum must be a mapping/,
    ];
    assert.equal(settings.problems.length, texts.length, settings.problems.join("\n"));
    for (const [index, text] of texts.entries()) assert.match(settings.problems[index]!, text);
    assert.equal(levelOf(rule("rule-described"), settings), "mandatory");
    assert.match(read("production", ["tagged"]).problems[0]!, /must be a mapping from rules/);
  });
});
