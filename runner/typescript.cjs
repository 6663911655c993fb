/**
 * Runs this project's TypeScript: `node --require=./runner/typescript.cjs FILE.ts`. It is tsx for our own files, and Node.js itself
 * for packages: those are published to be run as they are, and tsx reads every one of their thousand files for
 * syntax that Node.js has not. That was half of what a start of the program took.
 *
 * CommonJS without a build, because it runs before anything else. Its path is in every stack's state (Commands): keep it.
 */
"use strict";
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { join, sep } = require("node:path");

const published = Module._extensions[".js"];
require("tsx/cjs");
const translated = Module._extensions[".js"];

const PACKAGES = `${sep}node_modules${sep}`;
const modules = new Map();

/** Whether the .js files of a file's package are ECMAScript modules: Node.js 20.19 warns when it requires one, tsx does not. */
function isInModulePackage(file) {
  const start = file.lastIndexOf(PACKAGES) + PACKAGES.length;
  const [first, second] = file.slice(start).split(sep);
  const folder = file.slice(0, start) + (first.startsWith("@") ? join(first, second) : first);
  if (!modules.has(folder)) modules.set(folder, typeOf(folder) === "module");
  return modules.get(folder);
}

function typeOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).type;
  } catch {
    return undefined;
  }
}

/** Without their source maps: Node.js reads and parses one beside every file, for errors that are none of ours. */
function asPublished(loader, module, file) {
  process.setSourceMapsEnabled(false);
  try {
    return published.call(loader, module, file);
  } finally {
    process.setSourceMapsEnabled(true);
  }
}

Module._extensions[".js"] = function (module, file) {
  const plain = file.includes(PACKAGES) && (file.endsWith(".cjs") || !isInModulePackage(file));
  return plain ? asPublished(this, module, file) : translated.call(this, module, file);
};
