/** `npm run sandbox -- drift`: change the cloud behind Pulumi's back, see that each change is found, repair it. */
import { connect } from "../cloudSetup";
import { cloudAgainstConfiguration, cloudAgainstState, type DriftAnswer } from "../expectations";
import { runUpdate, type Session } from "../session";

interface Breakage {
  readonly title: string;
  /** Logical name of the resource that Pulumi must name. */
  readonly resource: string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

type Cloud = Awaited<ReturnType<typeof connect>>;

const WORKER = "sandbox-general";

async function serverNamed(cloud: Cloud, name: string): Promise<Named> {
  const servers = await cloud.service("compute").list<Named>("/servers", "servers", { name: `^${name}$` });
  const [server] = servers;
  if (server === undefined) throw new Error(`the cloud has no server ${name}; run npm run sandbox first`);
  return server;
}

async function deleteRule(cloud: Cloud): Promise<Breakage> {
  const network = cloud.service("network");
  const [group] = await network.list<Named>("/security-groups", "security_groups", {
    name: "sandbox-control-plane",
  });
  const rules = await network.list<{ id: string; port_range_min: number | null }>(
    "/security-group-rules",
    "security_group_rules",
    { security_group_id: group?.id },
  );
  const etcd = rules.find((rule) => rule.port_range_min === 2379);
  if (etcd === undefined) throw new Error("the cloud has no etcd rule to delete");
  await network.delete(`/security-group-rules/${etcd.id}`);
  return { title: "deleted the security rule that lets etcd's members talk", resource: "control-plane-etcd" };
}

async function renameServer(cloud: Cloud): Promise<Breakage> {
  const server = await serverNamed(cloud, `${WORKER}-1`);
  await cloud
    .service("compute")
    .change("PUT", `/servers/${server.id}`, { server: { name: "somebody-was-here" } });
  return { title: `renamed server ${server.name} to somebody-was-here`, resource: server.name };
}

async function resizeServer(cloud: Cloud, name: string): Promise<Breakage> {
  const compute = cloud.service("compute");
  const server = await serverNamed(cloud, name);
  const flavors = await compute.list<Named>("/flavors", "flavors");
  const flavor = flavors.find(({ name }) => name === "large");
  await compute.change("POST", `/servers/${server.id}/action`, { resize: { flavorRef: flavor?.id } });
  await waitForStatus(cloud, server.id, "VERIFY_RESIZE");
  await compute.change("POST", `/servers/${server.id}/action`, { confirmResize: null });
  await waitForStatus(cloud, server.id, "ACTIVE");
  return { title: `resized server ${server.name} to large`, resource: server.name };
}

async function waitForStatus(cloud: Cloud, id: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { server } = await cloud.service("compute").get<{ server: { status: string } }>(`/servers/${id}`);
    if (server.status === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`server ${id} did not become ${wanted}`);
}

async function deletePort(cloud: Cloud, name: string): Promise<Breakage> {
  const network = cloud.service("network");
  const [port] = await network.list<Named>("/ports", "ports", { name });
  if (port === undefined) throw new Error(`the cloud has no port ${name}`);
  await network.delete(`/ports/${port.id}`);
  return { title: `deleted the port of server ${name}`, resource: `${name}-port` };
}

/** In the order of their numbers; which there are depends on what `scale` did before, but it leaves the first and last. */
async function workers(cloud: Cloud): Promise<string[]> {
  const servers = await cloud.service("compute").list<Named>("/servers", "servers", { name: `^${WORKER}-` });
  const ordinals = servers.map(({ name }) => Number(name.split("-").at(-1))).sort((a, b) => a - b);
  if (ordinals.length < 3) throw new Error(`only ${ordinals.length} workers are left of ${WORKER}`);
  return ordinals.map((ordinal) => `${WORKER}-${ordinal}`);
}

function checkFound(question: string, answer: DriftAnswer, breakages: readonly Breakage[]): void {
  if (answer.clean) throw new Error(`${question} saw no difference`);
  for (const { title, resource } of breakages) {
    const step = answer.steps.find(
      ({ name }) => name === resource || name.endsWith(`-${resource}-from-control-plane`),
    );
    if (step === undefined) throw new Error(`${question} did not find: ${title}`);
    console.log(`    found: ${step.op.padEnd(8)} ${step.name}`);
  }
}

/** Changes of every sort that somebody makes by hand: something deleted, renamed, resized, unplugged. */
export async function breakTheCloud({ progress, workspace }: Session): Promise<Breakage[]> {
  return progress.step("Changing the cloud behind Pulumi's back", async (report) => {
    const cloud = await connect(workspace);
    const done: Breakage[] = [];
    const names = await workers(cloud);
    const [middle = "", last = ""] = [names.at(1), names.at(-1)];
    const changes = [
      () => deleteRule(cloud),
      () => renameServer(cloud),
      () => resizeServer(cloud, middle),
      () => deletePort(cloud, last),
    ];
    for (const change of changes) {
      done.push(await change());
      report(done.at(-1)?.title ?? "");
    }
    return done;
  });
}

export async function drift(session: Session): Promise<void> {
  const { progress, pulumi } = session;
  const breakages = await breakTheCloud(session);
  for (const { title } of breakages) console.log(`    ${title}`);

  const questions = [
    ["pulumi refresh --preview-only --expect-no-changes", cloudAgainstState],
    ["pulumi preview --refresh --expect-no-changes", cloudAgainstConfiguration],
  ] as const;
  for (const [question, ask] of questions) {
    checkFound(question, await progress.step(question, () => ask(pulumi)), breakages);
  }
  await runUpdate(session, "pulumi up --refresh: repairing", ["up", "--refresh"]);
  for (const [question, ask] of questions) {
    const answer = await progress.step(question, () => ask(pulumi));
    if (!answer.clean)
      throw new Error(`${question} still differs: ${answer.steps.map(({ name }) => name).join(", ")}`);
  }
  console.log("\nEvery change was found by both commands and repaired; both are silent again.");
}
