/** `tsx sandbox/toolchain/main.ts`: makes sure of the toolchain and says what it consists of. */
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { progress } from "../progress";
import { ensureToolchain, type Toolchain, ToolchainError } from "./index";

const USAGE = `Usage: tsx sandbox/toolchain/main.ts [--env FILE] [--json] [--no-download] [--retry]

  --env FILE      also write a file that a shell can read: . FILE
  --json          print the toolchain as JSON
  --no-download   do not ask for the official releases
  --retry         ask again for releases that could not be downloaded within the last day`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(): Promise<void> {
  const options = readArguments();
  const toolchain = await ensureToolchain({
    progress,
    allowDownload: !options["no-download"],
    retryDownloads: options.retry,
  });
  if (options.env !== undefined) writeFileSync(options.env, environmentFile(toolchain), { mode: 0o600 });
  console.log(options.json ? JSON.stringify(toolchain, null, 2) : table(toolchain));
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        env: { type: "string" },
        json: { type: "boolean", default: false },
        "no-download": { type: "boolean", default: false },
        retry: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

/** The PATH is added to, not replaced: the shell that reads the file may have another one than this process. */
function environmentFile({ pulumi, env }: Toolchain): string {
  const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  const { PATH: _path, ...others } = env;
  return [
    `export PATH=${quoted(dirname(pulumi))}:"$PATH"`,
    ...Object.entries(others).map(([name, value]) => `export ${name}=${quoted(value)}`),
    "",
  ].join("\n");
}

function table({ parts }: Toolchain): string {
  const short = (path: string) =>
    path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
  const rows = parts.map(({ name, version, source, path }) => [name, version, source, short(path)]);
  const all = [["part", "version", "from", "path"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, "", ...parts.map(({ name, why }) => `${name}: ${why}`)].join("\n");
}

main().catch((error: unknown) => {
  // A user's problem is told in a message; anything else is a defect, whose stack trace helps.
  console.error(error instanceof ToolchainError ? error.message : error);
  process.exit(EXIT_FAILED);
});
