import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildSync } from "esbuild";
import { PROJECT, SANDBOX, shortHash } from "./paths";

/** What a bundle was made from. */
interface Recipe {
  /** Of this file and of the locked packages. */
  readonly surroundings: string;
  /** Digest by path, of our own sources. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * One file for a program of the sandbox and everything that it imports. The engine starts four of them for every
 * command; from a thousand files each takes 2 s of CPU, from one file half a second.
 *
 * @param entry its source, relative to `sandbox/`
 * @param directory where bundles are kept
 * @returns the file
 */
export function bundle(entry: string, directory: string): string {
  const file = join(directory, `${entry.replaceAll("/", "-").replace(/\.ts$/, "")}.cjs`);
  const surroundings = shortHash(readFileSync(__filename), readFileSync(join(PROJECT, "package-lock.json")));
  if (existsSync(file) && isCurrent(`${file}.json`, surroundings)) return file;
  mkdirSync(directory, { recursive: true });
  const draft = `${file}.draft-${process.pid}`;
  const { metafile } = buildSync({
    entryPoints: [join(SANDBOX, entry)],
    outfile: draft,
    absWorkingDir: PROJECT,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    metafile: true,
    logLevel: "silent",
    // The SDK loads the compiler for programs; providers and hosts never call it.
    define: { "process.env.OPENCENTER_BUNDLED_FROM": JSON.stringify(SANDBOX) },
    alias: { typescript: join(__dirname, "noTypescript.cjs") },
    // Names of classes are in messages.
    keepNames: true,
  });
  const own = Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules/"));
  const sources = Object.fromEntries(own.map((path) => [path, digestOf(join(PROJECT, path))]));
  writeFileSync(`${draft}.json`, JSON.stringify({ surroundings, sources } satisfies Recipe));
  renameSync(draft, file);
  renameSync(`${draft}.json`, `${file}.json`);
  return file;
}

function isCurrent(recipeFile: string, surroundings: string): boolean {
  try {
    const recipe = JSON.parse(readFileSync(recipeFile, "utf8")) as Recipe;
    if (recipe.surroundings !== surroundings) return false;
    return Object.entries(recipe.sources).every(([path, digest]) => digestOf(join(PROJECT, path)) === digest);
  } catch {
    // A source that is gone, or half a recipe: made again.
    return false;
  }
}

function digestOf(path: string): string {
  return createHash("sha256").update(relative(PROJECT, path)).update(readFileSync(path)).digest("hex");
}
