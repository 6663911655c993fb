/** Where a part comes from: installed by the user, downloaded, built here, or one of the sandbox's stand-ins. */
export type PartSource = "path" | "download" | "built" | "stand-in";

export interface ToolchainPart {
  readonly name: string;
  readonly version: string;
  readonly source: PartSource;
  /** The program, absolute. */
  readonly path: string;
  /** Why this source, and what was wrong with those before it. */
  readonly why: string;
}

export interface Toolchain {
  /** The `pulumi` command, absolute. */
  readonly pulumi: string;
  /** What to add to the environment of `pulumi`, PATH included. */
  readonly env: Record<string, string>;
  readonly parts: readonly ToolchainPart[];
}
