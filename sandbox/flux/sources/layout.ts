/** Where the server of Git and charts keeps what, below a folder of the workspace's. */
import { join } from "node:path";

export const CHARTS_PATH = "/charts/";

export function repositoriesFolder(directory: string): string {
  return join(directory, "repositories");
}
export function tokenFile(directory: string): string {
  return join(directory, "token");
}
export function portFile(directory: string): string {
  return join(directory, "port.json");
}
