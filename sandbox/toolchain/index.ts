export { ensureToolchain, type ToolchainOptions } from "./ensure";
export { ToolchainError } from "./errors";
export {
  ensureFlux,
  ensureKubernetes,
  findFlux,
  findKubernetes,
  type FluxPrograms,
  type FoundFlux,
  type FoundKubernetes,
  type Kubernetes,
  type KubernetesPrograms,
} from "./kubernetes";
export type { PartSource, Toolchain, ToolchainPart } from "./result";
