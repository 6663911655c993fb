/** How the tour speaks: chapters with their reason, commands as a user types them, and what they answer. */
import { join } from "node:path";
import { type CommandResult, runCommand } from "../process";
import type { Session } from "../session";
import { projectRoot } from "../workspace";

/** Longer answers are in the log; a reader of the tour wants the shape of them. */
const LINES = 40;

export interface Chapter {
  readonly title: string;
  /** Why an operator does this, in a sentence or two. */
  readonly why: string;
  /** Why it cannot be shown on this machine; undefined where it can. */
  readonly absent?: string;
  readonly run: () => Promise<void>;
}

export class Guide {
  private readonly missed: string[] = [];

  constructor(private readonly session: Session) {}

  /** @throws Error of the first chapter that fails, and says which */
  async tell(chapters: readonly Chapter[]): Promise<void> {
    for (const [index, chapter] of chapters.entries()) {
      console.log(
        `\n${rule}\n${index + 1} of ${chapters.length} · ${chapter.title}\n${rule}\n${chapter.why}\n`,
      );
      if (chapter.absent !== undefined) {
        this.missed.push(`${chapter.title}: ${chapter.absent}`);
        console.log(`Left out: ${chapter.absent}`);
        continue;
      }
      await chapter.run().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`The tour stopped in chapter ${index + 1}, ${chapter.title}:\n${reason}`);
      });
    }
    const seen = chapters.length - this.missed.length;
    console.log(`\n${rule}\nThe tour is over: ${seen} of ${chapters.length} chapters were seen.`);
    for (const missed of this.missed) console.log(`  Not seen: ${missed}`);
  }

  /**
   * A verb of the product.
   *
   * @param expected exit code that shows what the chapter is about; anything else stops the tour
   */
  async verb(args: readonly string[], ...expected: number[]): Promise<CommandResult> {
    const wanted = expected.length === 0 ? [0] : expected;
    const { pulumi, progress, workspace } = this.session;
    const title = `npx opencenter ${args.join(" ")}`;
    return progress.step(title, async (report) => {
      const done = await runCommand(process.execPath, [join(projectRoot, "cli/opencenter.mjs"), ...args], {
        cwd: projectRoot,
        env: { ...process.env, ...pulumi.environment, NO_COLOR: "1" },
        log: workspace.log("tour"),
        onLine: (line) => line.trim() !== "" && report(line.trim()),
      });
      if (!wanted.includes(done.code))
        throw new Error(
          `${title} ended with ${done.code} and not with ${wanted.join(" or ")}:\n${done.output.split("\n").slice(-30).join("\n")}`,
        );
      return done;
    });
  }

  /** The same, and shows what it said. */
  async show(args: readonly string[], ...expected: number[]): Promise<number> {
    const { stdout, code } = await this.verb(args, ...expected);
    const lines = stdout.trimEnd().split("\n");
    const rest = lines.length - LINES;
    console.log(
      lines
        .slice(0, LINES)
        .map((line) => `  ${line}`.trimEnd())
        .join("\n"),
    );
    if (rest > 0)
      console.log(
        `  … ${rest} more lines: ${this.session.workspace.show(this.session.workspace.log("tour"))}`,
      );
    return code;
  }

  /** Only the document of a verb that is asked for one. */
  async document<T>(args: readonly string[]): Promise<T> {
    return JSON.parse((await this.verb([...args, "--json"])).stdout) as T;
  }
}

const rule = "─".repeat(100);
