/** The questions of `init` on a terminal. */
import { input, select } from "@inquirer/prompts";
import { problemWith, type Ask } from "./decisions";

export const askOnTerminal: Ask = async (decision, fallback) => {
  const { question: message, choices } = decision;
  if (choices !== undefined) return select({ message, choices: [...choices], default: fallback });
  return input({ message, default: fallback, validate: (line) => problemWith(decision, line) ?? true });
};
