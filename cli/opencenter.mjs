#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read too, so that a wrong version gets words and not a syntax error.
import { existsSync, readFileSync } from "fs";
import { createRequire } from "module";
import { dirname, join } from "path";
import { fileURLToPath } from "url";

const WRONG_USAGE = 2;
const OLDEST_NODE = [20, 19];

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function stop(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(WRONG_USAGE);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  stop(
    `opencenter needs Node.js ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}.\n` +
      "  → Install a current LTS release from https://nodejs.org, or let your version manager do it (nvm install --lts).",
  );
}

const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const missing = Object.keys(dependencies).filter((name) => !existsSync(join(root, "node_modules", name)));
if (missing.length > 0) {
  stop(
    `the dependencies of opencenter are not installed (${missing.join(", ")}).\n  → In ${root}: npm ci --ignore-scripts`,
  );
}

const require = createRequire(import.meta.url);
require("../runner/typescript.cjs");
require("./main.ts");
