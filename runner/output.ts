/** What a run says while it goes on. Standard output is for the result alone; everything for people goes to stderr. */

/** Pulumi's command provider stops reading at a line of 64 KiB, and the run would hang for ever. */
const LONGEST_LINE = 2_000;

const started = Date.now();

function elapsed(): string {
  const seconds = Math.floor((Date.now() - started) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

export function shorten(line: string, length = LONGEST_LINE): string {
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** A line of progress; Pulumi shows the newest one beside the resource. */
export function status(line: string): void {
  console.error(`[${elapsed()}] ${shorten(line)}`);
}

/** For waiting. The engine keeps what a Command says in its state: the same line every two seconds would be most of it. */
export function onChange(): (line: string) => void {
  let said = "";
  return (line) => {
    if (line !== said) status(line);
    said = line;
  };
}

/** The end of a run that failed. */
export function complain(message: string, hints: readonly string[]): void {
  for (const line of message.split("\n")) console.error(shorten(line));
  for (const hint of hints) console.error(shorten(hint));
}
