/** The Kubernetes programs, where this machine has them. */
import { join } from "node:path";
import type { Binaries } from "../../../sandbox/kubernetes";
import { findKubernetes } from "../../../sandbox/toolchain/kubernetes";

/** From $OPENCENTER_TEST_KUBERNETES (a folder with the programs), else what the toolchain has; or why there are none. */
export function findBinaries(): { readonly binaries: Binaries } | { readonly why: string } {
  const folder = process.env.OPENCENTER_TEST_KUBERNETES;
  if (folder) {
    const path = (name: string) => join(folder, name);
    return {
      binaries: { etcd: path("etcd"), "kube-apiserver": path("kube-apiserver"), kwok: path("kwok") },
    };
  }
  const found = findKubernetes();
  return "programs" in found ? { binaries: found.programs } : { why: found.why };
}
