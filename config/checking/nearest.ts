/** "Did you mean …" for names that somebody typed. */

/** Edits (insert, delete, replace, swap of neighbours) between two words. Own code: 15 lines against a dependency. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, replaced, swapped));
    }
  }
  return cell(a.length, b.length);
}

/** `pod_cidr`, `pod-cidr` and `podCIDR` are the same word for somebody who types. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_. ]/g, "");

/** The candidate that was likely meant; undefined when none is near. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const word = plain(typed);
  const near = candidates
    .map((candidate) => ({ candidate, edits: editDistance(word, plain(candidate)) }))
    .filter(
      ({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate;
}
