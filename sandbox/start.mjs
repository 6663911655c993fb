#!/usr/bin/env node
/** `npm run sandbox`: from a fresh clone to the sandbox's own program. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies, requireNode, run } from "./dependencies.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
requireNode(root);
await installDependencies(root);
const args = ["--require=./runner/typescript.cjs", "sandbox/main.ts", ...process.argv.slice(2)];
process.exitCode = await run(process.execPath, args, root);
