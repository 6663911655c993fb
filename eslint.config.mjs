/** Rules that a reviewer should not have to remember; the import table is that of the design, §3. */
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** Which of our modules a module may import, beside itself. What is not listed (test/) may import anything. */
const MAY_IMPORT = {
  config: [],
  plan: ["config"],
  gitops: ["config", "plan"],
  runner: ["config", "plan"],
  kubespray: ["config", "plan", "runner"],
  delivery: ["config", "plan", "gitops", "runner"],
  components: ["config", "plan", "gitops", "runner", "kubespray", "delivery"],
  "index.ts": ["config", "components"],
  cli: ["config", "plan", "gitops", "runner", "kubespray", "delivery", "components", "index.ts", "policy"],
  // `runner` only to be run: what makes TypeScript run is there.
  policy: ["config", "runner"],
  sandbox: [
    "config",
    "plan",
    "gitops",
    "runner",
    "kubespray",
    "delivery",
    "components",
    "index.ts",
    "cli",
    "policy",
  ],
};

/** Packages that a module may not import, with the reason. */
const REFUSED_PACKAGES = {
  plan: [
    [/^@pulumi\//, "plan/ is pure: it knows no resources."],
    [/^(node:)?fs(\/|$)/, "plan/ is pure: it reads no files."],
  ],
  gitops: [
    [/^@pulumi\//, "gitops/ is pure: it knows no resources."],
    [/^(node:)?fs(\/|$)/, "gitops/ is pure: it reads no files."],
  ],
};

const PURE = ["config", "plan", "gitops"];

/** Modules of the product, in which address families have one home; the simulator is another program. */
const PRODUCT = Object.keys(MAY_IMPORT).filter((module) => module !== "sandbox");
const FAMILIES = "config/address.ts";

const OUTSIDE = "outside of the project";

/** `plan` for plan/a/b.ts; `index.ts` for the file at the root, with or without its extension. */
function moduleOf(file) {
  const path = relative(import.meta.dirname, file);
  const [head] = path.split(sep);
  if (head === ".." || isAbsolute(path)) return OUTSIDE;
  return head === "" || head === "index" ? "index.ts" : head;
}

function refusal(from, file, specifier) {
  if (/^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier)) {
    const to = moduleOf(resolve(dirname(file), specifier));
    if (to === from || MAY_IMPORT[from].includes(to)) return undefined;
    return `${from} may not import ${to} (DESIGN §3).`;
  }
  if (
    PRODUCT.includes(from) &&
    specifier === "ip-address" &&
    relative(import.meta.dirname, file) !== FAMILIES
  )
    return `Only ${FAMILIES} knows about address families.`;
  return REFUSED_PACKAGES[from]?.find(([pattern]) => pattern.test(specifier))?.[1];
}

/**
 * Resolves what is imported instead of matching its text (`no-restricted-imports`), which `./../../main/test/x`,
 * `import("../test/x")` and `require` get past.
 */
const importTable = {
  create(context) {
    const from = moduleOf(context.filename);
    if (!(from in MAY_IMPORT)) return {};
    const check = (source) => {
      if (typeof source?.value !== "string") return;
      const message = refusal(from, context.filename, source.value);
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      TSImportType: ({ source }) => check(source),
      TSExternalModuleReference: ({ expression }) => check(expression),
      "CallExpression[callee.name='require']": ({ arguments: [source] }) => check(source),
    };
  },
};

/** Classes that are values and not resources; `new pulumi.RunError` may well be thrown in an apply. */
const VALUE_CLASSES =
  "/^(Map|Set|WeakMap|Date|URL|URLSearchParams|RegExp|Uint8Array|Promise|Proxy|\\w*Error)$/";
const RESOURCE_IN_APPLY =
  ":matches(CallExpression[callee.property.name='apply'], CallExpression[callee.property.name='then']) " +
  `NewExpression:not([callee.name=${VALUE_CLASSES}]):not([callee.property.name=${VALUE_CLASSES}])`;

export default tseslint.config(
  { ignores: ["node_modules", "clusters", ".sandbox", "coverage"] },
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
  {
    files: ["**/*.{ts,mjs,cjs}"],
    plugins: { opencenter: { rules: { "import-table": importTable } } },
    rules: { "opencenter/import-table": "error" },
  },
  {
    // Plain JavaScript is what runs before anything is installed; the compiler does not know its types.
    ...tseslint.configs.disableTypeChecked,
    files: ["**/*.{mjs,cjs}"],
  },
  {
    files: ["**/*.cjs"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    // A table of routes is data, and a creation in a simulator is a list of refusals.
    files: ["sandbox/openstack/**/*.ts"],
    rules: { "max-lines-per-function": ["error", { max: 75, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
      // mocha's describe and it return what nobody awaits.
      "@typescript-eslint/no-floating-promises": "off",
      // Answers of services are read as they come; a wrong shape fails the assertion.
      "@typescript-eslint/no-explicit-any": "off",
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
