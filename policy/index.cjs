/**
 * What Pulumi starts. Plain JavaScript, because Pulumi compiles the TypeScript of policy packs with a compiler of its
 * own (TypeScript 3.8, whatever `runtime.options` say), which does not understand ours; tsx does.
 */
require("../runner/typescript.cjs");
require("./pack.ts");
