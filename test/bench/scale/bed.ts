/** A simulated cloud and a stack of one size, gone afterwards. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { OpenStackClient } from "../../../cli/cloud/client";
import { findCloud } from "../../../cli/cloud/cloudsYaml";
import { stopCloud } from "../../../sandbox/cloudProcess";
import { whatIsLeft } from "../../../sandbox/cloudSetup";
import { stopControlPlanes } from "../../../sandbox/kubernetes";
import { SimulatorClient } from "../../../sandbox/openstack/client";
import { Progress } from "../../../sandbox/progress";
import { openSession, type Session } from "../../../sandbox/session";
import { projectRoot, Workspace } from "../../../sandbox/workspace";
import { cpuSecondsOf } from "./processes";
import type { Size } from "./size";

const quiet = new Progress({ stream: { write: () => true } });

export class Bed {
  private constructor(
    readonly session: Session,
    readonly simulator: SimulatorClient,
    private readonly directory: string,
  ) {}

  static async open(size: Size): Promise<Bed> {
    const directory = mkdtempSync(join(tmpdir(), "opencenter-bench-"));
    const workspace = new Workspace(directory, size.stack);
    workspace.create();
    writeFileSync(workspace.stackFile, stringify(size.stackFile("sandbox")));
    const session = await openSession(workspace, quiet);
    const bed = new Bed(session, new SimulatorClient(session.cloud), directory);
    await bed.liftQuotas();
    return bed;
  }

  /** For the alternative's key pair; the program makes its own. */
  publicKeyFile(): string {
    const file = join(this.directory, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    return `${file}.pub`;
  }

  /** A thousand servers are more than a project may have by itself. */
  private async liftQuotas(): Promise<void> {
    const { workspace } = this.session;
    const env = { OS_CLIENT_CONFIG_FILE: workspace.cloudsYaml };
    const admin = await OpenStackClient.connect(
      findCloud({ cloud: "admin", directory: workspace.directory, env }),
    );
    const quota = { instances: 2000, cores: 8000, ram: 100_000_000, server_group_members: 2000 };
    for (const name of ["sandbox", "other"]) {
      const { id } = await this.simulator.ensureProject(name);
      await admin.service("compute").change("PUT", `/os-quota-sets/${id}`, { quota_set: quota });
    }
  }

  /** Processor time that the simulator took until now. */
  simulatorCpuSeconds(): number {
    return cpuSecondsOf(Number(readFileSync(this.session.workspace.simulator.pid, "utf8")));
  }

  /** What the program's project holds beside what an empty cloud has. */
  leftovers(): Promise<string[]> {
    return whatIsLeft(this.session.workspace);
  }

  async close(): Promise<void> {
    await stopControlPlanes(this.session.workspace.kubernetes);
    await stopCloud(this.session.workspace);
    rmSync(this.directory, { recursive: true, force: true });
    for (const kind of ["state", "secrets"])
      rmSync(join(projectRoot, "clusters", kind, "bench"), { recursive: true, force: true });
  }
}
