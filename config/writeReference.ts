/** `npx tsx config/writeReference.ts`: writes what is made from schema and catalogue for editors and readers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { stackFileSchemaText } from "./jsonSchema";
import { referencePage } from "./referencePage";
import { servicesPage } from "./servicesPage";

const sources: Readonly<Record<string, () => string>> = {
  "schema/cluster.schema.json": stackFileSchemaText,
  "docs/configuration.md": referencePage,
  "docs/services.md": servicesPage,
};

/** Files of the repository that follow from schema and catalogue, with their text; formatted as everything else is. */
export async function references(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, text] of Object.entries(sources)) {
    const parser = name.endsWith(".json") ? "json" : "markdown";
    files.set(name, await format(text(), { parser, printWidth: 110 }));
  }
  return files;
}

async function write(root: string): Promise<void> {
  for (const [name, text] of await references()) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (require.main === module) void write(join(__dirname, ".."));
