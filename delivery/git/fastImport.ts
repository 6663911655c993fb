/** A commit in the language of git fast-import, which needs neither index nor work tree. */

/** What a commit changes: content by path, undefined to remove. */
export type Edits = ReadonlyMap<string, string | undefined>;

export interface NewCommit {
  /** Where it is made; what is there is forgotten. */
  readonly ref: string;
  /** `name <address>` */
  readonly author: string;
  /** The first is what the edits are to; none for an empty repository. */
  readonly parents: readonly string[];
  readonly edits: Edits;
  readonly message: string;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

export function commitStream({ ref, author, parents, edits, message }: NewCommit): string {
  const [from, ...others] = parents;
  const changes = [...edits].map(([path, text]) =>
    text === undefined ? `D ${quoted(path)}\n` : `M 100644 inline ${quoted(path)}\n${data(text)}`,
  );
  return [
    // Of the last run; a commit without parents would otherwise continue it.
    `reset ${ref}\n`,
    from === undefined ? "\n" : `from ${from}\n\n`,
    `commit ${ref}\n`,
    `author ${author} ${Math.floor(Date.now() / 1000)} +0000\n`,
    `committer ${author} ${Math.floor(Date.now() / 1000)} +0000\n`,
    data(message),
    ...(from === undefined ? [] : [`from ${from}\n`]),
    ...others.map((commit) => `merge ${commit}\n`),
    ...changes,
    "\n",
  ].join("");
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
