/** A sandbox of a test's own: its folder, its cloud, its stack, all gone afterwards. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { stopCloud } from "../../../sandbox/cloudProcess";
import { cloudAgainstConfiguration, cloudAgainstState, plannedChanges } from "../../../sandbox/expectations";
import { SimulatorClient } from "../../../sandbox/openstack/client";
import { Progress } from "../../../sandbox/progress";
import { openSession, type Session } from "../../../sandbox/session";
import { projectRoot, Workspace } from "../../../sandbox/workspace";

/** Organisation of all test clusters, so that their files are told apart from a person's. */
export const TEST_ORGANIZATION = "e2e-tests";

/** A cluster of three nodes: as small as it gets with every kind of resource in it. */
export const SMALL_CLUSTER = {
  environment: "development",
  domain: "sandbox.example.org",
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
    private readonly directory: string,
  ) {}

  /** Opens a sandbox for a stack with this cluster, beside another testbed's cloud when one is given. */
  static async open(name: string, cluster: object = SMALL_CLUSTER, shared?: Testbed): Promise<Testbed> {
    const directory = shared?.directory ?? mkdtempSync(join(tmpdir(), "opencenter-e2e-"));
    const workspace = new Workspace(directory, name);
    workspace.create();
    const config = {
      "pulumi:disable-default-providers": ["*"],
      "opencenter:organization": TEST_ORGANIZATION,
      "opencenter:cluster": { name, ...cluster },
    };
    writeFileSync(workspace.stackFile, parseDocument(JSON.stringify({ config })).toString());
    const session = await openSession(workspace, quiet);
    return new Testbed(session, new SimulatorClient(session.cloud), directory);
  }

  /** `pulumi up`; fails the test with Pulumi's own words. */
  async up(env: Record<string, string> = {}): Promise<void> {
    const result = await this.session.pulumi.try(["up", "--yes", "--skip-preview"], { env });
    assert.equal(result.code, 0, `pulumi up failed:\n${tail(result.output)}`);
  }

  async destroy(): Promise<void> {
    const result = await this.session.pulumi.try(["destroy", "--yes", "--skip-preview"]);
    assert.equal(result.code, 0, `pulumi destroy failed:\n${tail(result.output)}`);
  }

  /** All three questions say that configuration, state and cloud agree. */
  async assertConverged(): Promise<void> {
    const { pulumi } = this.session;
    assert.deepEqual(await plannedChanges(pulumi), [], "the configuration asks for more");
    assert.deepEqual((await cloudAgainstState(pulumi)).steps, [], "the cloud differs from the state");
    assert.deepEqual(
      (await cloudAgainstConfiguration(pulumi)).steps,
      [],
      "the cloud differs from the configuration",
    );
  }

  /** Stops the cloud and removes every file, also the copies below `clusters/`. */
  async close(): Promise<void> {
    await stopCloud(this.session.workspace);
    rmSync(this.directory, { recursive: true, force: true });
    for (const kind of ["state", "secrets"]) {
      rmSync(join(projectRoot, "clusters", kind, TEST_ORGANIZATION), { recursive: true, force: true });
    }
  }

  stackFile(): string {
    return readFileSync(this.session.workspace.stackFile, "utf8");
  }
}

export function tail(output: string, lines = 40): string {
  return output.split("\n").slice(-lines).join("\n");
}
