/** The lint configuration is the only thing that keeps the layout: each rule must refuse what it is there to refuse. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";

const root = join(__dirname, "..", "..");

/** Rules that need types are for files of the project; a snippet is not one, and the import table needs none. */
const snippets = new ESLint({
  cwd: root,
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { rules: { "@pulumi/no-output-in-template-literal": "off", "@typescript-eslint/no-unused-vars": "off" } },
  ],
});
const files = new ESLint({ cwd: root });

async function refusedBy(engine: ESLint, filePath: string, code: string): Promise<string[]> {
  const [result] = await engine.lintText(code, { filePath: join(root, filePath) });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

const TABLE = "opencenter/import-table";
const MODULES = ["config", "plan", "gitops", "kubespray", "components", "cli", "policy", "sandbox", "test"];

/** DESIGN §3, written down once more on purpose: the configuration must say the same. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  config: [],
  plan: ["config"],
  gitops: ["config", "plan"],
  kubespray: ["config", "plan"],
  components: ["config", "plan", "gitops", "kubespray"],
  cli: ["config", "plan", "gitops", "kubespray", "components", "policy"],
  policy: ["config"],
  sandbox: ["config", "plan", "gitops", "kubespray", "components", "cli", "policy"],
  test: MODULES,
};

async function importing(from: string, statement: string): Promise<string[]> {
  return refusedBy(snippets, from, `${statement}\n`);
}

describe("lint: who may import whom", () => {
  for (const from of MODULES) {
    for (const to of MODULES.filter((other) => other !== from)) {
      const allowed = ALLOWED[from]?.includes(to) === true;
      it(`${from} ${allowed ? "may" : "may not"} import ${to}`, async () => {
        const statement = `import { x } from "../${to}/x";`;
        assert.deepEqual(await importing(`${from}/snippet.ts`, statement), allowed ? [] : [TABLE]);
      });
    }
  }

  it("index.ts imports config and components only", async () => {
    for (const to of MODULES) {
      const expected = ["config", "components"].includes(to) ? [] : [TABLE];
      assert.deepEqual(await importing("index.ts", `import { x } from "./${to}/x";`), expected, to);
    }
  });

  it("nobody of the product imports the program itself, the command aside", async () => {
    for (const from of ["config", "plan", "gitops", "kubespray", "components", "policy"])
      assert.deepEqual(await importing(`${from}/snippet.ts`, 'import { x } from "../index";'), [TABLE], from);
    assert.deepEqual(await importing("cli/snippet.ts", 'import { x } from "../index";'), []);
  });

  const evasions = {
    "a deep file": 'import { x } from "../../../test/support/x";',
    "a detour": 'import { x } from "./../../x/../../test/x";',
    "a type": 'import type { X } from "../../../test/x";',
    "a re-export": 'export { x } from "../../../test/x";',
    "a re-export of everything": 'export * from "../../../test/x";',
    "an import when it runs": 'export const x = import("../../../test/x");',
    "a folder's index": 'import { x } from "../../../test";',
  };
  for (const [form, statement] of Object.entries(evasions)) {
    it(`sees ${form}`, async () => {
      assert.deepEqual(await importing("plan/deep/er/snippet.ts", statement), [TABLE]);
    });
  }

  it("sees the other ways to import", async () => {
    const inline = await importing("plan/snippet.ts", 'export type X = import("../test/x").X;');
    assert.ok(inline.includes(TABLE), inline.join());
    const required = await importing("plan/snippet.ts", 'export const x: unknown = require("../test/x");');
    assert.ok(required.includes(TABLE), required.join());
    const assigned = await importing(
      "plan/snippet.ts",
      'import x = require("../test/x");\nexport const y = x;',
    );
    assert.ok(assigned.includes(TABLE), assigned.join());
  });

  it("does not take a folder of one's own for the module of the same name", async () => {
    assert.deepEqual(await importing("config/a/b.ts", 'import { x } from "../test/x";'), []);
    assert.deepEqual(await importing("config/a/b/c.ts", 'import { x } from "../../../config/plan/x";'), []);
  });

  it("holds for plain JavaScript too", async () => {
    assert.deepEqual(await importing("cli/snippet.mjs", 'import { x } from "../sandbox/x.mjs";'), [TABLE]);
    assert.deepEqual(await importing("cli/snippet.mjs", 'import { x } from "../config/x.mjs";'), []);
  });
});

describe("lint: what plan/ and addresses are kept from", () => {
  for (const name of ["@pulumi/pulumi", "@pulumi/openstack", "node:fs", "fs", "node:fs/promises"]) {
    it(`plan may not import ${name}`, async () => {
      assert.deepEqual(await importing("plan/deep/snippet.ts", `import { x } from "${name}";`), [TABLE]);
    });
  }

  it("plan may import packages without side effects", async () => {
    for (const name of ["yaml", "semver", "node:path", "./names"])
      assert.deepEqual(await importing("plan/snippet.ts", `import { x } from "${name}";`), [], name);
  });

  it("components may import @pulumi", async () => {
    assert.deepEqual(await importing("components/snippet.ts", 'import { x } from "@pulumi/pulumi";'), []);
  });

  it("only config/address.ts imports ip-address", async () => {
    const statement = 'import { Address4 } from "ip-address";';
    for (const from of ["config", "plan", "components", "cli", "policy"])
      assert.deepEqual(await importing(`${from}/snippet.ts`, statement), [TABLE], from);
    assert.deepEqual(await importing("config/rules/address.ts", statement), [TABLE]);
    assert.deepEqual(await importing("config/address.ts", statement), []);
    assert.deepEqual(await importing("config/address.ts", 'import { x } from "../components/x";'), [TABLE]);
  });
});

describe("lint: how code is written", () => {
  const refused = (file: string, code: string) => refusedBy(snippets, file, code);

  it("makes no resource inside apply", async () => {
    for (const made of ["new Port(`p`)", "new openstack.networking.Port(`p`)"]) {
      const expected = ["no-restricted-syntax"];
      assert.deepEqual(await refused("components/snippet.ts", `x.apply(() => ${made});\n`), expected, made);
      assert.deepEqual(
        await refused("components/snippet.ts", `x.apply((y) => { f(${made}); });\n`),
        expected,
      );
      assert.deepEqual(await refused("index.ts", `p.then(() => ${made});\n`), expected);
    }
    for (const made of ["new Map()", "new Error(`e`)", "new pulumi.RunError(`e`)", "new URL(u)"])
      assert.deepEqual(await refused("components/snippet.ts", `x.apply(() => ${made});\n`), [], made);
    assert.deepEqual(await refused("components/snippet.ts", "export const p = new Port(x.apply(f));\n"), []);
  });

  it("prints nothing from pure code and components", async () => {
    for (const module of ["config", "plan", "gitops", "components"])
      assert.deepEqual(await refused(`${module}/snippet.ts`, 'console.log("x");\n'), ["no-console"], module);
    assert.deepEqual(await refused("cli/snippet.ts", 'console.log("x");\n'), []);
  });

  it("keeps files and functions short, blank lines and comments aside", async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `export const x${index} = 1;\n`).join("");
    const body = (count: number) => `export function f() {\n${"  g();\n".repeat(count)}}\n`;
    assert.deepEqual(await refused("plan/snippet.ts", lines(251)), ["max-lines"]);
    assert.deepEqual(await refused("plan/snippet.ts", lines(250) + "\n// a\n".repeat(20)), []);
    assert.deepEqual(await refused("test/unit/snippet.spec.ts", lines(251)), []);
    assert.deepEqual(await refused("plan/snippet.ts", body(39)), ["max-lines-per-function"]);
    assert.deepEqual(await refused("plan/snippet.ts", body(38)), []);
    assert.deepEqual(await refused("test/unit/snippet.spec.ts", body(60)), []);
  });

  it("knows Outputs and promises in files of the project", async function () {
    // The compiler reads the whole project first.
    this.timeout(120_000);
    const output = [
      'import * as pulumi from "@pulumi/pulumi";',
      'export const text = `id: ${pulumi.output("x")}`;',
      "export async function f(): Promise<void> {}",
      "f();",
      "",
    ].join("\n");
    const told = await refusedBy(files, "components/dns.ts", output);
    assert.ok(told.includes("@pulumi/no-output-in-template-literal"), told.join());
    assert.ok(told.includes("@typescript-eslint/no-floating-promises"), told.join());
  });
});
