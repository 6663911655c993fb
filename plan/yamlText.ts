/** YAML that says the same to every reader. */
import { type CreateNodeOptions, type DocumentOptions, Document, isScalar, Scalar, visit } from "yaml";
import type { SchemaOptions, ToStringOptions } from "yaml";

export type YamlOptions = DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions;

/** Only white space, with a line break in it. */
const BLANK = /^\s*\n\s*$/;

/** As `stringify` of the library, which writes blank text as a block whose content no reader, nor itself, gets back. */
export function yamlText(value: unknown, options: YamlOptions): string {
  const document = new Document(value, options);
  visit(document, (_, node) => {
    if (isScalar(node) && typeof node.value === "string" && BLANK.test(node.value))
      node.type = Scalar.QUOTE_DOUBLE;
  });
  return document.toString(options);
}
