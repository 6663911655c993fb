export {
  ControlPlane,
  startControlPlanes,
  stopControlPlanes,
  type Access,
  type ControlPlaneStatus,
} from "./controlPlane";
export { endpointsFile } from "./endpoints";
export { binariesFile, type Binaries } from "./realBackend";
export type { BackendKind } from "./backend";
