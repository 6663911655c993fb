/** Colours, where a person looks and does not mind them. */
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** Whether to colour what goes to a stream; https://no-color.org */
export function hasColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Applies a style, or leaves the text as it is. */
export type Paint = (style: Style, text: string) => string;

export function painter(colours: boolean): Paint {
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
}
