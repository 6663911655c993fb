/** A testbed on real services: the same sandbox, with another cloud below it. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { withLock } from "../../../runner/lock";
import { startCloud } from "../../../sandbox/cloudProcess";
import { writePrivate } from "../../../sandbox/kubernetes/files";
import { Progress } from "../../../sandbox/progress";
import { projectRoot } from "../../../sandbox/workspace";
import { skip, skipWhenLate } from "../../support/skip";
import { Testbed } from "../support/testbed";
import { AdminApi } from "./adminApi";
import { cloudsYaml, startOpenstack, stopOpenstack } from "./cloud";
import type { Layout } from "./layout";
import { Unavailable, whyNotHere } from "./packages";
import type { Project } from "./seed";

/** Names a folder whose services somebody else stops: `npm test` shares one set between its suites. */
const FOLDER = "OPENCENTER_OPENSTACK_DIR";

/** `0` leaves out the suites on real services. */
const WANTED = "OPENCENTER_REAL";

const GATEWAY = join(projectRoot, "test/e2e/openstack/gateway.ts");

/** Services that a suite may use until it says that it is done. */
export class RealCloud {
  private constructor(
    readonly layout: Layout,
    private readonly mine: boolean,
  ) {}

  /** Starts the services, or finds them; skips the suite, with the reason, where they cannot be had and nobody demands them. */
  static async require(context: Context): Promise<RealCloud> {
    if (process.env[WANTED] === "0") skip(context, `${WANTED}=0: the suites on real services are not wanted`);
    skipWhenLate(context);
    const without = (why: string): never => {
      if (process.env[WANTED] === "1") throw new Error(`${WANTED}=1 demands what cannot be had: ${why}`);
      return skip(context, why);
    };
    const why = whyNotHere();
    if (why !== undefined) without(why);
    const shared = process.env[FOLDER];
    const folder = shared ?? join(tmpdir(), "opencenter-openstack");
    const progress = new Progress({ stream: process.stdout, heartbeatMs: 60_000 });
    const start = async () => {
      // What a run that was killed has left there would be found as somebody's servers.
      if (shared === undefined) await stopOpenstack(folder, { wipe: true });
      return new RealCloud(await startOpenstack(folder, progress), shared === undefined);
    };
    try {
      // Suites run side by side, and each of them wants it.
      return await withLock(`${folder}.lock`, () => undefined, start);
    } catch (error) {
      if (error instanceof Unavailable) without(error.message);
      throw error;
    }
  }

  /** A stack with this cluster. A suite has its project to itself: others run beside it. */
  open(project: Project, name: string, cluster: object): Promise<Testbed> {
    return Testbed.open(name, cluster, undefined, (workspace) => {
      writePrivate(workspace.cloudsYaml, cloudsYaml(this.layout, project));
      return startCloud(workspace, 0, GATEWAY);
    });
  }

  admin(): Promise<AdminApi> {
    return AdminApi.logIn(this.layout);
  }

  /** What a project still has: as every testbed sees it, and what only Keystone knows. */
  async leftovers(project: Project, bed: Testbed): Promise<string[]> {
    const api = await this.admin();
    const [user] = await api.list("identity", `/users?name=${project}`, "users");
    const path = `/users/${user?.id}/application_credentials`;
    const credentials = await api.list("identity", path, "application_credentials");
    return [...(await bed.leftovers()), ...credentials.map(({ name }) => `application credentials ${name}`)];
  }

  /** Stops what was started for this suite alone. */
  async close(): Promise<void> {
    if (this.mine) await stopOpenstack(this.layout.directory, { wipe: true });
  }
}
