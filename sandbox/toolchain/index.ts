export { ensureToolchain, type ToolchainOptions } from "./ensure";
export { ToolchainError } from "./errors";
export type { PartSource, Toolchain, ToolchainPart } from "./result";
