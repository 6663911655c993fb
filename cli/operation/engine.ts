/** What a verb has done on the machines: by the same engine that converges the cluster, as a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { programRoot } from "../project";
import type { Target } from "./target";
import { type Reach, refuseStaleNodes } from "./written";

/** What the engine is asked. */
export interface EngineOrder {
  /** One of the words of kubespray/main.ts. */
  readonly word: string;
  /** Never a secret's place in the arguments: words and paths. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Machines that it has to reach, every one; those that it knows are compared with the stack's first. @default none */
  readonly reach?: Reach;
  /** On standard input, as JSON. @default nothing */
  readonly input?: unknown;
}

/** The engine did not do it; the message is its own. */
export class EngineFailure extends Error {}

/**
 * @param report gets a line for each step
 * @returns what it printed: the result alone
 * @throws EngineFailure
 * @throws UserError where what this machine knows of the cluster is out of date
 */
export async function runEngine(
  target: Target,
  { word, environment, input, reach }: EngineOrder,
  report: (line: string) => void,
): Promise<string> {
  if (reach !== undefined) await refuseStaleNodes(target, reach);
  const typescript = `--require=${join(programRoot, "runner/typescript.cjs")}`;
  const { organization, name } = target.config;
  const child = spawn(process.execPath, [typescript, join(programRoot, "kubespray/main.ts"), word], {
    cwd: target.project,
    env: { ...process.env, ...environment, OPENCENTER_ORGANIZATION: organization, OPENCENTER_CLUSTER: name },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // One that ended before it read says why itself.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input === undefined ? "" : JSON.stringify(input));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    // Progress begins with its time; what else it says is why it ended.
    if (line.startsWith("[")) report(line);
    else said.push(line);
  });
  const [printed, [code]] = await Promise.all([
    text(child.stdout),
    once(child, "close") as Promise<[number | null]>,
  ]);
  if (code === 0) return printed;
  throw new EngineFailure(said.join("\n  ") || `exit code ${code}`);
}
