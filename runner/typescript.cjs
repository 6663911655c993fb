/**
 * Runs this project's TypeScript: `node --require=./runner/typescript.cjs FILE.ts`. It is tsx for our own files, and Node.js itself
 * for packages: those are published to be run as they are, and tsx reads every one of their thousand files for
 * syntax that Node.js has not, and translates modules, which Node.js requires by itself since 20.19. That was more than half
 * of what a start of a program took.
 *
 * CommonJS without a build, because it runs before anything else. Its path is in every stack's state (Commands): keep it.
 */
"use strict";
const Module = require("node:module");
const { sep } = require("node:path");

const PACKAGES = `${sep}node_modules${sep}`;
const published = Module._extensions[".js"];
require("tsx/cjs");
const translated = Module._extensions[".js"];

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
  return file.includes(PACKAGES) ? asPublished(this, module, file) : translated.call(this, module, file);
};
