/** Writes docs/policy/README.md; a test says when it is not fresh. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { indexPage } from "./indexPage";
import { rules } from "./rules";

const file = join(__dirname, "../docs/policy/README.md");

void prettier
  .resolveConfig(file)
  .then((options) => prettier.format(indexPage(rules), { ...options, parser: "markdown" }))
  .then((page) => writeFileSync(file, page));
