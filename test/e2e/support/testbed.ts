/** A sandbox of a test's own: its folder, its cloud, its stack, all gone afterwards. */
import { randomBytes } from "node:crypto";
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { defaultKubernetesVersion, defaultKubesprayRef } from "../../../config/compatibility";
import { connect, whatIsLeft } from "../../../sandbox/cloudSetup";
import { stopCloud } from "../../../sandbox/cloudProcess";
import { cloudAgainstConfiguration, cloudAgainstState, plannedChanges } from "../../../sandbox/expectations";
import { binariesFile, stopControlPlanes } from "../../../sandbox/kubernetes";
import { SimulatorClient } from "../../../sandbox/openstack/client";
import { Progress } from "../../../sandbox/progress";
import { stopGitServer } from "../../../sandbox/flux";
import { writeDelivery } from "../../../sandbox/stackFile";
import { openSession, UPDATE_FLAGS, type Session } from "../../../sandbox/session";
import { projectRoot, Workspace } from "../../../sandbox/workspace";
import { uncomparedCalls } from "./callKinds";

/** A cluster of three nodes: as small as it gets with every kind of resource in it. */
export const SMALL_CLUSTER = {
  environment: "development",
  domain: "sandbox.example.org",
  kubernetes: { version: defaultKubernetesVersion },
  kubespray: { ref: defaultKubesprayRef },
  openstack: { cloud: "sandbox", externalNetwork: "public", image: "ubuntu-24.04" },
  network: { hostRoutes: [{ destination: "192.0.2.0/24", nextHop: "10.20.0.9" }] },
  access: {
    sshAllowedCidrs: ["198.51.100.0/24"],
    apiAllowedCidrs: ["198.51.100.0/24"],
    bastion: { flavor: "tiny" },
  },
  controlPlane: { count: 1, flavor: "small" },
  pools: {
    general: {
      count: 2,
      flavor: "small",
      volumes: [{ name: "data", sizeGiB: 5 }],
      nodePorts: [{ from: 30080, allowedCidrs: ["198.51.100.0/24"] }],
    },
  },
  apiEndpoint: { type: "octavia", hostname: "api.sandbox.example.org", dns: "designate" },
};

const quiet = new Progress({ stream: { write: () => true } });

export class Testbed {
  private constructor(
    readonly session: Session,
    readonly simulator: SimulatorClient,
    /** Organisation of the testbed's clusters: their files are told apart from a person's and other tests'. */
    readonly organization: string,
    private readonly directory: string,
  ) {}

  /**
   * Opens a sandbox for a stack with this cluster, beside another testbed's cloud when one is given.
   * @param start has a cloud running. @default a simulated one
   */
  static async open(
    name: string,
    cluster: object = SMALL_CLUSTER,
    shared?: Testbed,
    start?: (workspace: Workspace) => Promise<string>,
  ): Promise<Testbed> {
    const directory = shared?.directory ?? mkdtempSync(join(tmpdir(), "opencenter-e2e-"));
    const organization = shared?.organization ?? `e2e-${randomBytes(4).toString("hex")}`;
    const workspace = new Workspace(directory, name);
    workspace.create();
    writeFileSync(workspace.stackFile, stackFileText(organization, name, cluster));
    const session = await openSession(workspace, quiet, start);
    return new Testbed(session, new SimulatorClient(session.cloud), organization, directory);
  }

  /** Has the cluster's API answered by the stand-in: a real one is half a minute of a core, and the suite asks nothing of it. */
  playKubernetes(): this {
    rmSync(binariesFile(this.session.workspace.kubernetes), { force: true });
    return this;
  }

  /** `pulumi up`; fails the test with Pulumi's own words. */
  async up(env: Record<string, string> = {}): Promise<void> {
    const result = await this.session.pulumi.try(["up", ...UPDATE_FLAGS], { env });
    assert.equal(result.code, 0, `pulumi up failed:\n${tail(result.output)}`);
  }

  async destroy(): Promise<void> {
    const result = await this.session.pulumi.try(["destroy", ...UPDATE_FLAGS]);
    assert.equal(result.code, 0, `pulumi destroy failed:\n${tail(result.output)}`);
  }

  /**
   * Configuration, state and cloud agree: the cloud is what the state says, and the state what the configuration asks for, so
   * a preview with a refresh, the third question, has nothing to find. Once for each shape of cluster: it is two runs.
   */
  async assertConverged(): Promise<void> {
    const { pulumi } = this.session;
    assert.deepEqual(await plannedChanges(pulumi), [], "the configuration asks for more");
    assert.deepEqual((await cloudAgainstState(pulumi)).steps, [], "the cloud differs from the state");
  }

  /** The cloud is what the configuration asks for, in one run; what the state says beside that is not seen. */
  async assertQuiet(): Promise<void> {
    assert.deepEqual((await cloudAgainstConfiguration(this.session.pulumi)).steps, [], "not converged");
  }

  /**
   * Stops the cloud and removes every file, also the copies below `clusters/`.
   * @param compared whether every kind of call must be one whose answer was compared with that of real services
   */
  async close({ compared = true } = {}): Promise<void> {
    const uncompared = compared ? this.uncomparedCalls() : [];
    await stopControlPlanes(this.session.workspace.kubernetes);
    await stopGitServer(this.session.workspace.git);
    await stopCloud(this.session.workspace);
    rmSync(this.directory, { recursive: true, force: true });
    for (const kind of ["state", "secrets", "gitops"]) {
      rmSync(join(projectRoot, "clusters", kind, this.organization), { recursive: true, force: true });
    }
    // Not before all is away: what is left running is in the way of the next suite.
    assert.deepEqual(uncompared, [], "calls that are in no recording: docs/fidelity.md");
  }

  stackFile(): string {
    return readFileSync(this.session.workspace.stackFile, "utf8");
  }

  writeStackFile(text: string): void {
    writeFileSync(this.session.workspace.stackFile, text);
  }

  /** Another configuration for the same stack. What else is in the file stays: its salt, secrets, addresses. */
  writeCluster(cluster: object): void {
    const { stack, stackFile } = this.session.workspace;
    const file = parseDocument(this.stackFile());
    file.setIn(["config", "opencenter:cluster"], { name: stack, ...cluster });
    this.writeStackFile(file.toString());
    const { delivery } = this.session;
    if (delivery !== undefined && "gitops" in cluster) writeDelivery(stackFile, delivery);
  }

  cloudsYaml(): string {
    return readFileSync(this.session.workspace.cloudsYaml, "utf8");
  }

  writeCloudsYaml(text: string): void {
    writeFileSync(this.session.workspace.cloudsYaml, text, { mode: 0o600 });
  }

  /** Kinds of calls that the simulated cloud was asked, and whose answers nobody compared with those of real services. */
  private uncomparedCalls(): string[] {
    const { log } = this.session.workspace.simulator;
    if (!existsSync(log)) return [];
    // Which of these two are met is decided by the moment of a kill, and a suite must not fail by chance.
    return uncomparedCalls(log).filter((kind) => !/ 40[49]$/.test(kind));
  }

  /** What the project holds beside what an empty cloud has. */
  leftovers(): Promise<string[]> {
    return whatIsLeft(this.session.workspace);
  }

  /** A network with subnet and router, as somebody else would have made it before. */
  async makeNetwork(cidr: string): Promise<{ networkId: string; subnetId: string; routerId: string }> {
    const api = (await connect(this.session.workspace)).service("network");
    type Made = Record<string, { id: string }>;
    const make = async (kind: string, body: object) =>
      (await api.change<Made>("POST", `/${kind}s`, { [kind]: { name: "theirs", ...body } }))[kind]?.id ?? "";
    const [external] = await api.list<{ id: string }>("/networks", "networks", { name: "public" });
    const networkId = await make("network", {});
    const subnetId = await make("subnet", { network_id: networkId, cidr, ip_version: 4 });
    const routerId = await make("router", { external_gateway_info: { network_id: external?.id } });
    await api.change("PUT", `/routers/${routerId}/add_router_interface`, { subnet_id: subnetId });
    return { networkId, subnetId, routerId };
  }
}

function stackFileText(organization: string, name: string, cluster: object): string {
  const config = {
    "pulumi:disable-default-providers": ["*"],
    "opencenter:organization": organization,
    "opencenter:cluster": { name, ...cluster },
  };
  return stringify({ config });
}

/** The end of what Pulumi said, or its own explanation where it gave one. */
export function tail(output: string, lines = 40): string {
  const [, diagnostics] = output.split(/^Diagnostics:$/m);
  const [why = output] = (diagnostics ?? output).split(/^(?:Outputs|Resources):$/m);
  const said = why.split("\n").filter((line) => !/verification warning|useOctavia|^ +[+~-] \S+\//.test(line));
  return said.slice(-lines).join("\n");
}
