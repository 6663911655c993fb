/** What is said on standard error while something is done; the report of the tests stays readable. */
export async function said(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => void lines.push(line);
  try {
    await work();
  } finally {
    console.error = error;
  }
  return lines.join("\n");
}
