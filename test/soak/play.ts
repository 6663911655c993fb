/** Plays one sequence in a cloud of its own and holds every promise against what is there then. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloudAgainstState, plannedChanges } from "../../sandbox/expectations";
import { Testbed } from "../e2e/support/testbed";
import { type CloudState, Look, settledCloud } from "./cloud";
import { numbersOf } from "./changes";
import { FORBIDDEN } from "./forbidden";
import { excerpt, idsOf, plantNeighbour } from "./neighbour";
import { Operator, SoakFailure } from "./operator";
import type { SoakCluster, SoakSequence, SoakStep } from "./types";

/** Name of every sequence's cluster: each has a cloud of its own. */
const NAME = "soak";

export interface Played {
  readonly seed: number;
  readonly seconds: number;
  readonly diary: readonly string[];
  /** What did not hold; absent when everything did. */
  readonly failure?: string;
}

export interface PlayOptions {
  /** Folder that gets the logs of a sequence that failed. @default they go with its sandbox */
  readonly logs?: string;
  /** Takes the real Kubernetes programs where they are. @default false: a stand-in for the API, which costs little */
  readonly realKubernetes?: boolean;
}

export async function play(sequence: SoakSequence, options: PlayOptions = {}): Promise<Played> {
  const started = Date.now();
  let [diary, failure]: [readonly string[], string | undefined] = [[], undefined];
  let bed: Testbed | undefined;
  try {
    bed = await Testbed.open(NAME, sequence.steps[0]!.cluster);
    const player = await Player.of(bed, options);
    diary = player.diary;
    await player.all(sequence);
  } catch (error) {
    failure = error instanceof SoakFailure ? error.message : String((error as Error).stack ?? error);
    if (bed !== undefined) keepLogs(bed, sequence, diary, failure, options.logs);
  } finally {
    // What is refused at random is refused in more ways than were recorded.
    await bed?.close({ compared: false });
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  return { seed: sequence.seed, seconds, diary, ...(failure === undefined ? {} : { failure }) };
}

class Player {
  private readonly operator: Operator;
  /** Ids of servers and data volumes by name, as they were when the last step had come to its end. */
  private kept = new Map<string, string>();

  private constructor(
    private readonly bed: Testbed,
    /** What was there before, and is to be found again to the byte. */
    private readonly furniture: ReadonlySet<string>,
    private readonly before: Record<string, unknown>,
  ) {
    this.operator = new Operator(bed, () => this.look(), operatorLog(bed));
  }

  static async of(bed: Testbed, { realKubernetes = false }: PlayOptions): Promise<Player> {
    if (!realKubernetes) bed.playKubernetes();
    await plantNeighbour(bed);
    const cloud = await settledCloud(bed);
    const ids = idsOf(cloud);
    return new Player(bed, ids, excerpt(cloud, ids));
  }

  get diary(): readonly string[] {
    return this.operator.diary;
  }

  private look(): Promise<Look> {
    return Look.at(this.bed, this.furniture);
  }

  async all({ steps, end }: SoakSequence): Promise<void> {
    let cluster = steps[0]!.cluster;
    for (const step of steps) {
      this.operator.note(
        `— ${step.change}; ${JSON.stringify(step.disturbance)}${step.careful ? "; careful" : ""}`,
      );
      this.bed.writeCluster(step.cluster);
      if (step.refused) await this.refused(step, cluster);
      else {
        await this.converges(step);
        cluster = step.cluster;
      }
    }
    await this.assertQuiet();
    await this.takenDown(cluster, end);
  }

  private async converges(step: SoakStep): Promise<void> {
    const taken = await this.operator.converge(step.disturbance, step.careful);
    const look = await this.look();
    this.assertEqual(look);
    this.assertKept(look, step.cluster, taken);
  }

  /** Nothing is done, and the configuration goes back to what it was. */
  private async refused(step: SoakStep, cluster: SoakCluster): Promise<void> {
    const before = await this.look();
    await this.operator.expectRefusal(FORBIDDEN[step.change]!.codes);
    const after = await this.look();
    assert.deepEqual(after.cloud, before.cloud, `${step.change}: refused, and yet the cloud is another`);
    const ids = ({ resources }: Look) => resources.map(({ urn, id }) => `${urn} ${id}`);
    assert.deepEqual(ids(after), ids(before), `${step.change}: refused, and yet the state is another`);
    this.bed.writeCluster(cluster);
  }

  private assertEqual(look: Look): void {
    const differences = look.differences();
    if (differences.length > 0) this.operator.fail(`state and cloud differ:\n${differences.join("\n")}`);
    this.assertNeighbour(look.cloud);
  }

  private assertNeighbour(cloud: CloudState): void {
    assert.deepEqual(excerpt(cloud, this.furniture), this.before, "somebody else's things were touched");
  }

  /** Servers and data volumes of machines that stayed are the same, but for the server that somebody took away. */
  private assertKept(look: Look, cluster: SoakCluster, taken: string | undefined): void {
    const named = (kind: string) => new Map(look.of(kind).map(({ id, name = "" }) => [name, id]));
    const now = new Map([...named("compute.servers"), ...named("volume.volumes")]);
    const staying = new Set([...machineNames(cluster), ...volumeNames(cluster)]);
    for (const [name, id] of this.kept)
      if (staying.has(name) && name !== taken)
        assert.equal(now.get(name), id, `${name} stayed in the configuration, and is another one now`);
    for (const name of staying)
      assert.ok(now.has(name), `${name} is in the configuration, and not in the cloud`);
    this.kept = now;
  }

  /** The two questions that see everything, asked as anybody would. */
  private async assertQuiet(): Promise<void> {
    const { pulumi } = this.bed.session;
    assert.deepEqual(await plannedChanges(pulumi), [], "preview asks for more");
    assert.deepEqual((await cloudAgainstState(pulumi)).steps, [], "refresh finds a difference");
    this.operator.note("preview and refresh find nothing");
  }

  private async takenDown({ environment }: SoakCluster, end: SoakSequence["end"]): Promise<void> {
    this.operator.note(`— destroy; ${JSON.stringify(end)}`);
    if (environment === "production") await this.operator.pulumi(["state", "unprotect", "--all", "--yes"]);
    await this.operator.destroy(end);
    const look = await this.look();
    const left = Object.keys(look.cloud).flatMap((kind) =>
      look.of(kind).map(({ id, name }) => `${kind} ${name ?? id}`),
    );
    assert.deepEqual(left, [], "destroy left something");
    assert.deepEqual([look.resources.length, look.pending], [0, 0], "destroy left something in the state");
    this.assertNeighbour(look.cloud);
  }
}

const nodesOf = (pool: string, group: Parameters<typeof numbersOf>[0]) =>
  numbersOf(group).map((number) => `${NAME}-${pool}-${number}`);

function machineNames({ controlPlane, pools = {}, access }: SoakCluster): string[] {
  const workers = Object.entries(pools).flatMap(([pool, group]) => nodesOf(pool, group));
  const bastion = access.bastion?.enabled === false ? [] : [`${NAME}-bastion`];
  return [...nodesOf("cp", controlPlane), ...workers, ...bastion];
}

/** Of those that outlive their server: the others are made and deleted with it. */
function volumeNames({ pools = {} }: SoakCluster): string[] {
  return Object.entries(pools).flatMap(([pool, group]) => {
    const kept = (group.volumes ?? []).filter(({ persistent }) => persistent !== false);
    return nodesOf(pool, group).flatMap((node) => kept.map(({ name }) => `${node}-${name}`));
  });
}

/** All that the operator's commands said. */
const operatorLog = ({ session }: Testbed) => session.workspace.log("operator");

function keepLogs(
  bed: Testbed,
  sequence: SoakSequence,
  diary: readonly string[],
  failure: string,
  logs?: string,
): void {
  if (logs === undefined) return;
  const folder = join(logs, String(sequence.seed));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "sequence.json"), JSON.stringify(sequence));
  writeFileSync(join(folder, "diary.txt"), `${diary.join("\n")}\n\n${failure}\n`);
  const { workspace } = bed.session;
  for (const file of [
    operatorLog(bed),
    workspace.log("pulumi"),
    workspace.log("cloud"),
    workspace.simulator.log,
    workspace.stackFile,
  ])
    if (existsSync(file)) copyFileSync(file, join(folder, file.split("/").at(-1)!));
  const state = join(workspace.stateDirectory, ".pulumi", "stacks", "opencenter", `${NAME}.json`);
  if (existsSync(state)) writeFileSync(join(folder, "state.json"), readFileSync(state), { mode: 0o600 });
}
