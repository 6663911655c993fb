/** The services' configuration format: sections of keys. A key with several values is written once for each. */
export type Value = string | number | boolean | readonly string[];
export type Section = Readonly<Record<string, Value>>;
export type Ini = Readonly<Record<string, Section>>;

export function iniText(ini: Ini): string {
  return Object.entries(ini)
    .map(([name, section]) => `[${name}]\n${Object.entries(section).flatMap(linesOf).join("\n")}\n`)
    .join("\n");
}

function linesOf([key, value]: [string, Value]): string[] {
  const values = typeof value === "object" ? value : [value];
  return values.map((one) => `${key} = ${String(one)}`);
}
