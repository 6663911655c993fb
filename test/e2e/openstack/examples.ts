/** The example stacks as they are in the repository. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../../../sandbox/workspace";

type Cluster = Record<string, any>;

/** The cluster of an example, without the name, which is the stack's. */
export function example(name: "minimal" | "sandbox" | "production"): Cluster {
  const text = readFileSync(join(projectRoot, "stacks", `Pulumi.${name}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, Cluster> };
  const { name: _, ...cluster } = config["opencenter:cluster"] ?? {};
  return cluster;
}

/** Without the repository, which is a host of its owner's: Git and Flux are the lifecycle's part. */
export function infrastructure(name: "minimal" | "production"): Cluster {
  const { gitops: _, ...cluster } = example(name);
  return cluster;
}
