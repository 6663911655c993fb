/** Rules that a reviewer should not have to remember; the import table is that of the design, §3. */
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

const MODULES = ["config", "plan", "gitops", "kubespray", "components", "cli", "policy", "sandbox", "test"];

/** Which of our modules a module may import, beside itself. */
const MAY_IMPORT = {
  config: [],
  plan: ["config"],
  gitops: ["config", "plan"],
  kubespray: ["config", "plan"],
  components: ["config", "plan", "gitops", "kubespray"],
  cli: ["config", "plan", "gitops", "kubespray", "components", "policy"],
  policy: ["config"],
};

const PURE = ["config", "plan", "gitops"];

function refuse(regex, message) {
  return { regex, message };
}

/** A module is entered by going up from another one, so that a folder's own file of the same name does not count. */
function foreign(modules, from) {
  if (modules.length === 0) return [];
  const names = modules.join("|");
  return [refuse(`^(\\./)?(\\.\\./)+(${names})(/|$)`, `${from} may not import this module (DESIGN §3).`)];
}

function boundary(module, allowed) {
  const refused = MODULES.filter((other) => other !== module && !allowed.includes(other));
  const patterns = foreign(refused, module);
  if (module === "plan") {
    patterns.push(refuse("^@pulumi/", "plan/ is pure: it knows no resources."));
    patterns.push(refuse("^(node:)?fs(/|$)", "plan/ is pure: it reads no files."));
  }
  patterns.push(refuse("^ip-address$", "Only config/address.ts knows about address families."));
  return {
    files: [`${module}/**/*.ts`],
    ignores: ["config/address.ts"],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

const RESOURCE_IN_APPLY =
  ":matches(CallExpression[callee.property.name='apply'], CallExpression[callee.property.name='then']) NewExpression[callee.property.name=/^[A-Z]/]";

export default tseslint.config(
  { ignores: ["node_modules", "clusters", ".sandbox", "coverage", "**/*.mjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ["**/*.ts"],
    plugins: { "@pulumi": pulumi },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // `import type * as pulumi` beside a value import is the usual way, and void is how a promise is let go.
      "@typescript-eslint/no-redundant-type-constituents": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/require-await": "off",
      // Names from JSON are what they are; the checks behind them decide.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["components/**/*.ts", "index.ts"],
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "off",
      "no-restricted-syntax": [
        "error",
        { selector: RESOURCE_IN_APPLY, message: "A resource made inside apply is missing from previews." },
      ],
    },
  },
  { files: [...PURE, "components"].map((module) => `${module}/**/*.ts`), rules: { "no-console": "error" } },
  ...Object.entries(MAY_IMPORT).map(([module, allowed]) => boundary(module, allowed)),
  {
    files: ["index.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            refuse("^\\./(?!config(/|$)|components(/|$))", "index.ts imports config and components only."),
          ],
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
      // mocha's describe and it return what nobody awaits.
      "@typescript-eslint/no-floating-promises": "off",
      // Answers of services are read as they come; a wrong shape fails the assertion.
      ...Object.fromEntries(
        ["assignment", "member-access", "argument", "call", "return"].map((what) => [
          `@typescript-eslint/no-unsafe-${what}`,
          "off",
        ]),
      ),
      "@typescript-eslint/require-await": "off",
    },
  },
);
