export {
  ControlPlane,
  startControlPlanes,
  stopControlPlanes,
  type Access,
  type ControlPlaneStatus,
} from "./controlPlane";
export { endpointsFile } from "./endpoints";
export { binariesFile, type Binaries, type PlatformBinaries } from "./realBackend";
export type { BackendKind } from "./backend";
