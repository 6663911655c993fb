import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Command } from "commander";
import { sayExitCodes } from "../../../cli/help";
import { VERBS } from "../../../cli/verbs";
import { repository } from "./support/bin";

const load = createRequire(__filename);
const folder = join(repository, "cli/verbs");

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
  return text;
}

describe("the list of verbs", () => {
  it("has every verb that there is, once", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));
    assert.deepEqual(VERBS.map(({ name }) => name).sort(), files.filter((file) => file !== "index").sort());
  });

  for (const { name, takes, does } of VERBS)
    it(`says of ${name} what it takes, and how it ends`, function () {
      this.timeout(30_000);
      const module = load(join(folder, name)) as Record<string, () => Command>;
      const command = module[`${name}Command`]!().description(does);
      sayExitCodes(command);
      for (const leaf of leaves(command)) {
        const said = helpOf(leaf).match(/exit codes?\b/gi) ?? [];
        assert.equal(said.length, 1, `${name} ${leaf.name()}: exit codes are said ${said.length} times`);
      }
      assert.equal(command.name(), name);
      const own = command.registeredArguments.map((one) =>
        one.required ? `<${one.name()}>` : `[${one.name()}]`,
      );
      // A word that chooses a subcommand is no argument of commander's.
      if (command.commands.length > 0) assert.match(takes, /^<\w+>$/);
      else assert.equal(takes, own.join(" "));
    });
});
