export { ensureToolchain, type ToolchainOptions } from "./ensure";
export { ToolchainError } from "./errors";
export {
  ensureKubernetes,
  findKubernetes,
  type FoundKubernetes,
  type Kubernetes,
  type KubernetesPrograms,
} from "./kubernetes";
export type { PartSource, Toolchain, ToolchainPart } from "./result";
