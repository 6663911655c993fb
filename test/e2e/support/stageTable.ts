/** How long each test of a suite took, for whoever has to find the time for it. */
import type { Suite } from "mocha";

export function printStages({ title, tests }: Suite): void {
  const rows = tests.filter(({ duration }) => duration !== undefined);
  const width = Math.max(...rows.map(({ title: stage }) => stage.length));
  const line = (name: string, ms: number) =>
    `      ${name.padEnd(width)} ${`${(ms / 1000).toFixed(1)} s`.padStart(9)}`;
  const total = rows.reduce((sum, { duration = 0 }) => sum + duration, 0);
  const lines = rows.map(({ title: stage, duration = 0 }) => line(stage, duration));
  console.log([`\n      ${title}: time per stage`, ...lines, line("together", total)].join("\n"));
}
