/**
 * What the SDK does at its start and for each resource, and this program has no use for. Imported first and for its
 * effect: it must be there before the SDK is. docs/benchmarks.md has what it saves.
 */
import { createRequire } from "node:module";

/**
 * The SDK loads a compiler and npm's resolver to turn functions into cloud code (dynamic providers, lambdas). Half a
 * second for nothing: no resource here is made of a function. Whoever does use them gets them then.
 */
const SELDOM_USED = ["typescript", "@npmcli/arborist"];

function loadOnFirstUse(resolver: NodeJS.Require, name: string): void {
  const path = resolver.resolve(name);
  if (resolver.cache[path] !== undefined) return;
  let loaded: object | undefined;
  const load = () => {
    if (loaded === undefined) {
      delete resolver.cache[path];
      loaded = resolver(name) as object;
    }
    return loaded;
  };
  const exports = new Proxy(
    {},
    {
      // Asked by compiled imports before anything else; "yes" keeps them from copying, and so loading, all of it.
      get: (_, key): unknown =>
        key === "__esModule" && loaded === undefined ? true : Reflect.get(load(), key),
      has: (_, key) => key in load(),
    },
  );
  resolver.cache[path] = { exports, loaded: true, id: path, filename: path } as unknown as NodeJS.Module;
}

function deferSeldomUsed(): void {
  const resolver = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  for (const name of SELDOM_USED) loadOnFirstUse(resolver, name);
}

interface Debuggable {
  debuggablePromise(promise: Promise<unknown>, context: unknown): Promise<unknown>;
}

/**
 * The SDK notes with each promise, fifty per machine, where it was made: half of what the program computed. It is told
 * only to whoever sets the variable.
 */
function noteNoOrigins(): void {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what is changed is the module itself
  const debuggable = require("@pulumi/pulumi/runtime/debuggable") as Debuggable;
  const watch = debuggable.debuggablePromise.bind(debuggable);
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return watch(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

interface Log {
  debug(message: string, resource?: unknown): Promise<void>;
}

/** In one message to the engine: as many as come in a moment, and not more than it takes. */
const DEBUG_LINES = 200;

/**
 * The SDK sends the engine five lines for each resource, one by one and each after the answer to the one before, for
 * whoever runs it with --debug. Together they are the same lines.
 */
function sendDebugLinesTogether(): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what is changed is the module itself
  const log = require("@pulumi/pulumi/log") as Log;
  const send = log.debug.bind(log);
  let lines: string[] = [];
  const flush = () => {
    const message = lines.join("\n");
    lines = [];
    if (message !== "") void send(message);
  };
  log.debug = (message, ...about) => {
    if (about[0] !== undefined) return send(message, ...about);
    if (lines.length === 0) setImmediate(flush);
    lines.push(message);
    if (lines.length >= DEBUG_LINES) flush();
    return Promise.resolve();
  };
}

interface Resources {
  Resource: { stackTrace(skip: number): unknown[] };
}

/**
 * The SDK tells the engine with each resource from which lines of the program it comes. Those are ours, the same for
 * every user, and were a seventh of the state, which the engine writes whole before and after each resource.
 */
function tellNoLines(): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what is changed is the module itself
  const { Resource } = require("@pulumi/pulumi/resource") as Resources;
  Resource.stackTrace = () => [];
}

/** Files that are run as they are published. */
const NOT_OURS = /[\\/]node_modules[\\/]|\(?node:/;

/**
 * Lines of packages stay as they are. Mapped, the SDK's name files that nobody has (`@pulumi/resource.ts`), and over
 * those Node.js 20.20 goes round in circles when an error is shown: 25 s and 3 GB before a person read what was wrong.
 */
function mapOurLinesOnly(): void {
  const format = Error.prepareStackTrace?.bind(Error);
  if (format === undefined) return;
  const lineOf = (frame: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): string => {
    const raw = String(frame);
    if (NOT_OURS.test(raw)) return `    at ${raw}`;
    // With the caller: a mapped function has its name from where it was called.
    const text = String(format(new Error(), caller === undefined ? [frame] : [frame, caller]));
    return text.split("\n")[1] ?? "";
  };
  Error.prepareStackTrace = ({ name, message }, frames) =>
    [
      `${name || "Error"}: ${message || ""}`,
      ...frames.map((frame, index) => lineOf(frame, frames[index + 1])),
    ].join("\n");
}

for (const tuning of [deferSeldomUsed, noteNoOrigins, sendDebugLinesTogether, tellNoLines, mapOurLinesOnly])
  try {
    tuning();
  } catch {
    // Another SDK, laid out otherwise: it is slower, and nothing else.
  }
