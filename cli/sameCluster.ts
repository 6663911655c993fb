/** Stack files of one project that are of the same cluster. */
import { dirname, join } from "node:path";
import type { Finding } from "../config/issue";
import type { ClusterConfig } from "../config/resolve";
import { validateStackFile } from "../config/validate";
import { readStackFile, stackFilePath, stackNames, STACKS, type StackFile } from "./project";

/**
 * A file that was copied and kept its name: the two clusters would share their folder in Git, and their keys and
 * kubeconfig on this machine. A file that has errors is not compared; its own check comes first.
 * @param project root of the project; a file from elsewhere is none of its stacks
 */
export function sameCluster(file: StackFile, config: ClusterConfig, project: string): Finding[] {
  if (dirname(file.path) !== join(project, STACKS)) return [];
  const others = stackNames(project).filter((stack) => stackFilePath(project, stack) !== file.path);
  const same = others.filter((stack) => {
    const other = validateStackFile(readStackFile(stack, project).text).config;
    return other?.name === config.name && other.organization === config.organization;
  });
  return same.map((stack) => ({
    code: "same-cluster",
    path: ["cluster", "name"],
    message: `${config.name} of organization ${config.organization} is the cluster of stack ${stack}, too`,
    hint: "Give one of them a name of its own, or another opencenter:organization; a running cluster keeps its name.",
  }));
}
