/** The stack's configuration as the program gets it: checked first, with every problem named at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { formatIssue } from "../config/issue";
import type { ClusterConfig } from "../config/resolve";
import { validateStackValues } from "../config/validate";
import type { GivenCredential } from "./applicationCredential";

/** The stack's file, for positions in messages only; another may have been named by --config-file. */
function stackFile(root: string): { name: string; text?: string } {
  const given = process.env["PULUMI_OPTION_CONFIG_FILE"];
  const name = given ?? join("stacks", `Pulumi.${pulumi.getStack()}.yaml`);
  try {
    return { name, text: readFileSync(given ?? join(root, name), "utf8") };
  } catch {
    // Values may come from --config alone: they are checked all the same, without line numbers.
    return { name };
  }
}

/** How Pulumi's own YAML reader hands on a date without quotes. */
const DATE_AS_TIME = /^(\d{4}-\d{2}-\d{2}) 00:00:00 \+0000 UTC$/;

/** The values as they stand in the file. */
function asWritten(value: unknown): unknown {
  if (typeof value === "string") return DATE_AS_TIME.exec(value)?.[1] ?? value;
  if (Array.isArray(value)) return value.map(asWritten);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asWritten(one)]));
}

/**
 * The checked configuration of the current stack. Warnings go to the log.
 * @throws pulumi.RunError that lists every problem with its place in the stack's file.
 */
export function readStackConfig(root: string): ClusterConfig {
  const values = new pulumi.Config();
  const file = stackFile(root);
  const { config, issues } = validateStackValues(
    { organization: values.get("organization"), cluster: asWritten(values.getObject("cluster")) },
    file.text,
  );
  const shown = (severity: string) =>
    issues.filter((issue) => issue.severity === severity).map((issue) => formatIssue(issue, file.name));
  for (const warning of shown("warning")) void pulumi.log.warn(warning);
  if (config !== undefined) return config;
  const problems = shown("error");
  throw new pulumi.RunError(
    `The configuration of stack ${pulumi.getStack()} has ${problems.length} problem(s):\n${problems.join("\n")}`,
  );
}

/**
 * The application credential that the stack's configuration gives to the cloud controller, if it does: needed where
 * the operator's own credential may not make another one.
 * @throws pulumi.RunError when a part of it is missing
 */
export function readCloudController(): GivenCredential | undefined {
  const values = new pulumi.Config();
  const id = values.get("cloudControllerCredentialId");
  const name = values.get("cloudControllerCredentialName");
  const secret = values.getSecret("cloudControllerCredentialSecret");
  if (id === undefined && name === undefined && secret === undefined) return undefined;
  if (id !== undefined && name !== undefined && secret !== undefined) return { id, name, secret };
  throw new pulumi.RunError(
    "opencenter:cloudControllerCredentialId, opencenter:cloudControllerCredentialName and " +
      "opencenter:cloudControllerCredentialSecret belong together: set all three (the last with --secret), or none.",
  );
}

/** Secrets that the stack's configuration gives for the Git repository and the backup store; each may be absent. */
export interface GivenSecrets {
  /** Token of the Git host: to push, to read, to open pull requests. */
  readonly gitToken?: pulumi.Output<string>;
  /** Private key to push and to read with, in OpenSSH format. @default one that is made */
  readonly gitSshKey?: pulumi.Output<string>;
  readonly backupStore?: {
    readonly accessKey: pulumi.Output<string>;
    readonly secretKey: pulumi.Output<string>;
  };
}

/**
 * The secrets that go with a configuration.
 * @throws pulumi.RunError with everything that is missing, and how to set it
 */
export function readGivenSecrets(config: ClusterConfig): GivenSecrets {
  const values = new pulumi.Config();
  const [gitToken, gitSshKey] = [values.getSecret("gitToken"), values.getSecret("gitSshKey")];
  const [accessKey, secretKey] = [values.getSecret("backupAccessKey"), values.getSecret("backupSecretKey")];
  const missing = [
    ...(config.gitops?.auth === "token" && gitToken === undefined ? ["gitToken"] : []),
    ...(config.gitops !== undefined && config.backup.store === "s3"
      ? [...(accessKey ? [] : ["backupAccessKey"]), ...(secretKey ? [] : ["backupSecretKey"])]
      : []),
  ];
  if (missing.length > 0) {
    const commands = missing.map((name) => `  pulumi config set --secret opencenter:${name}`);
    throw new pulumi.RunError(`Secrets that this configuration needs are not set:\n${commands.join("\n")}`);
  }
  const backupStore = accessKey && secretKey && { accessKey, secretKey };
  return { gitToken, gitSshKey, backupStore };
}
