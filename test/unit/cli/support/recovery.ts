/** `recover` on a stack whose state and preview are given, in a simulated cloud: what it did, said and asked of Pulumi. */
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenStackClient } from "../../../../cli/cloud/client";
import type { Operation, OperationOptions } from "../../../../cli/operation";
import { settle, type RecoverOptions, type Recovery } from "../../../../cli/recover/settle";
import type { StackState, StateResource } from "../../../../cli/recover/state";
import { scratch } from "../../../support/scratch";
import { TestCloud } from "../../sandbox/openstack-support";

export const CLUSTER = { organization: "acme", name: "prod" };
export const METADATA = { "opencenter-organization": "acme", "opencenter-cluster": "prod" };

export const TYPES = {
  credential: "openstack:identity/applicationCredential:ApplicationCredential",
  group: "openstack:compute/serverGroup:ServerGroup",
  keypair: "openstack:compute/keypair:Keypair",
  listener: "openstack:loadbalancer/listener:Listener",
  balancer: "openstack:loadbalancer/loadBalancer:LoadBalancer",
  monitor: "openstack:loadbalancer/monitor:Monitor",
  network: "openstack:networking/network:Network",
  pool: "openstack:loadbalancer/pool:Pool",
  port: "openstack:networking/port:Port",
  record: "openstack:dns/recordSet:RecordSet",
  server: "openstack:compute/instance:Instance",
  volume: "openstack:blockstorage/volume:Volume",
} as const;

export const urn = (type: string, name: string) => `urn:pulumi:prod::opencenter::a$b$${type}::${name}`;

/** A creation, with what it is given. */
export const planned = (type: string, name: string, inputs: object): StateResource => ({
  ...{ urn: urn(type, name), type, inputs: { name, ...inputs } },
});

/** A state that knows these ids. */
export const knows = (...ids: string[]): StackState => ({
  resources: ids.map((id) => ({ urn: urn(TYPES.port, id), type: TYPES.port, id })),
  pending: [],
});

/** A state of a run that was killed while it made these. */
export const killedAt = (state: StackState, ...creations: StateResource[]): StackState => ({
  ...state,
  pending: creations.map((resource) => ({ type: "creating", resource })),
});

export interface Scene {
  readonly client: OpenStackClient;
  /** What the next run would make. @default nothing */
  readonly wanted?: readonly StateResource[];
  /** Read anew each time. @default one that knows nothing */
  readonly state?: () => StackState;
  /** What `pulumi stack history` prints. @default no run */
  readonly history?: readonly object[];
  /** Before a question is answered with yes. */
  readonly asked?: (question: string) => void;
}

export interface Told {
  readonly recovery: Recovery;
  /** First words of Pulumi's commands, `stack history` left out. */
  readonly asked: readonly string[];
  readonly lines: readonly string[];
  readonly imported: unknown;
  readonly said: string;
}

/** @throws what recover throws */
export async function recovered(
  { client, wanted = [], state = () => knows(), history = [], asked: onQuestion }: Scene,
  given: Partial<RecoverOptions & OperationOptions> = {},
  said: string[] = [],
): Promise<Told> {
  const lines: string[] = [];
  let imported: unknown;
  const steps = wanted.map(({ urn: which, type, inputs }) => ({
    ...{ op: "create", urn: which, newState: { type, inputs } },
  }));
  const pulumi = (line: string[]): string => {
    const [verb, noun, , file] = line;
    if (verb === "stack" && noun === "history") return JSON.stringify(history);
    const isImport = verb === "stack" && noun === "import";
    if (isImport) imported = JSON.parse(readFileSync(file!, "utf8"));
    lines.push((isImport ? [...line.slice(0, 3), "FILE"] : line).join(" "));
    if (verb === "stack" && noun === "export")
      return JSON.stringify({ version: 3, deployment: { resources: state().resources } });
    return JSON.stringify({ steps });
  };
  const operation = {
    target: {
      ...{ stack: "prod", config: CLUSTER, cloud: async () => client, state: async () => state() },
      pulumi: async (line: string[]) => pulumi(line),
    },
    options: { dryRun: false, yes: true, breakLock: false, json: false, ...given },
    narrator: { note: (line: string) => said.push(line) },
    confirm: async (question: string) => onQuestion?.(question),
  } as unknown as Operation;
  const recovery = await settle(operation, { deleteVolumes: false, ...given });
  const asked = lines.map((line) => line.split(" ")[0]!);
  return { recovery, asked, lines, imported, said: said.join("\n") };
}

/** In each test of the suite, a backend of its own on this machine's disk. @returns its folder of locks */
export function withBackend(): () => string {
  const before = process.env["PULUMI_BACKEND_URL"];
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(scratch(), "backend-"));
    process.env["PULUMI_BACKEND_URL"] = `file://${folder}`;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["PULUMI_BACKEND_URL"];
    else process.env["PULUMI_BACKEND_URL"] = before;
  });
  return () => join(folder, ".pulumi/locks/organization/opencenter/prod");
}

/** In each test of the suite, a cloud of its own, and the program's client in it. */
export function withCloud(begin: (cloud: TestCloud, client: OpenStackClient) => void): void {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    begin(cloud, await cloud.openstack());
  });
  afterEach(() => cloud.stop());
}
