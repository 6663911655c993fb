/** Arguments of a container engine for one run of Ansible. */

export interface ContainerRun {
  readonly image: string;
  /** Folders that are at the same path inside. */
  readonly mounts: readonly string[];
  readonly workingDirectory: string;
  /** Names only: the engine takes the values from its own environment, so that no secret is an argument. */
  readonly variables: readonly string[];
  readonly command: readonly string[];
}

export function containerArguments(run: ContainerRun): string[] {
  return [
    "run",
    "--rm",
    // Passes signals on and reaps what Ansible leaves.
    "--init",
    // The bastion and the nodes are reached as from this machine.
    "--network=host",
    ...[...new Set(run.mounts)].flatMap((folder) => ["--volume", `${folder}:${folder}`]),
    ...[...new Set(run.variables)].sort().flatMap((name) => ["--env", name]),
    `--workdir=${run.workingDirectory}`,
    `--entrypoint=${run.command[0] ?? ""}`,
    run.image,
    ...run.command.slice(1),
  ];
}

/** Of this process's environment, what Ansible and Kubespray read. */
export function passedVariables(environment: NodeJS.ProcessEnv): string[] {
  const ours = /^(ANSIBLE|OS|OPENCENTER)_|^(https?|no)_proxy$/i;
  return Object.keys(environment).filter((name) => ours.test(name));
}
