/** What this machine knows of the cluster, compared with the stack's state before a playbook that must reach every node. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Target } from "../../../../cli/operation";
import { EngineFailure, runEngine } from "../../../../cli/operation/engine";
import { staleNodes, type Reach } from "../../../../cli/operation/written";
import type { StackState, StateResource } from "../../../../cli/recover/state";
import { restoreEtcd, staleMembers } from "../../../../cli/restore/etcd";
import { statePaths } from "../../../../plan/names";
import { scratch } from "../../../support/scratch";

const config = { organization: "acme", name: "prod" };
const paths = statePaths(config);
type Servers = Readonly<Record<string, { readonly serverId: string; readonly address: string }>>;

const server = (number: number) => ({ serverId: `s${number}`, address: `10.0.0.${number}` });
const one: Servers = { "prod-cp-1": server(1), "prod-general-1": server(9) };
const three: Servers = { ...one, "prod-cp-2": server(2), "prod-cp-3": server(3) };

function resource(type: string, name: string, more: Partial<StateResource>): StateResource {
  return { urn: `urn:pulumi:prod::opencenter::a$${type}::${name}`, type, ...more };
}

function stateOf(servers: Servers): StackState {
  const resources = Object.entries(servers).flatMap(([name, { serverId, address }]) => [
    resource("openstack:networking/port:Port", `${name}-port`, {
      id: "p",
      outputs: { allFixedIps: [address] },
    }),
    resource("openstack:compute/instance:Instance", name, { id: serverId }),
  ]);
  const bastion = resource("openstack:compute/instance:Instance", "prod-bastion", { id: "b" });
  return { resources: [...resources, bastion], pending: [] };
}

/** A machine on which the last `up` saw these servers. */
function machine(seen: Servers | string | undefined, present: Servers) {
  const project = mkdtempSync(join(scratch(), "written-"));
  const file = join(project, paths.converge);
  mkdirSync(dirname(file), { recursive: true });
  const written = (servers: Servers) =>
    JSON.stringify({ nodes: Object.keys(servers).map((name) => ({ name })), facts: { machines: servers } });
  if (seen !== undefined) writeFileSync(file, typeof seen === "string" ? seen : written(seen));
  return { stack: "prod", project, paths, config, state: async () => stateOf(present) } as unknown as Target;
}

const stale = (seen: Servers | string | undefined, present: Servers, reach: Reach = "control-plane") =>
  staleNodes(machine(seen, present), stateOf(present), reach);

describe("what this machine knows of a cluster", () => {
  it("is up to date as long as it has every server of the state", () => {
    assert.equal(stale(three, three), undefined);
    assert.equal(stale(three, three, "every-node"), undefined);
  });

  it("is not when another machine has scaled, replaced or moved a node", () => {
    assert.match(stale(one, three) ?? "", /prod-cp-2 is not in it; prod-cp-3 is not in it\./);
    assert.match(stale(three, one) ?? "", /prod-cp-2 is in it, and in the cluster no more/);
    const replaced = { ...three, "prod-cp-2": { ...server(2), serverId: "new" } };
    assert.match(stale(three, replaced) ?? "", /prod-cp-2 is server s2 in it, and new now/);
    const moved = { ...three, "prod-cp-2": { ...server(2), address: "10.0.0.77" } };
    assert.match(stale(three, moved) ?? "", /prod-cp-2 has address 10\.0\.0\.2 in it, and 10\.0\.0\.77 now/);
  });

  it("matters as far as a playbook has to reach", () => {
    const { "prod-general-1": _worker, ...less } = three;
    assert.equal(stale(less, three), undefined);
    assert.match(stale(less, three, "every-node") ?? "", /prod-general-1 is not in it/);
  });

  it("is nothing that could be believed where the file is torn, and the engine's to miss where there is none", () => {
    assert.match(stale('{"nodes": [', one) ?? "", /prod-cp-1 is not in it/);
    assert.equal(stale(undefined, one), undefined);
  });
});

describe("a playbook that must reach every member", () => {
  const order = { word: "restore-etcd", reach: "control-plane" } as const;

  it("is not begun with the members of another time", async () => {
    await assert.rejects(
      runEngine(machine(one, three), order, () => {}),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, /prod-cp-2 is not in it.*nothing was done/);
        assert.match(error.hint ?? "", /pulumi up --stack prod on this machine/);
        return true;
      },
    );
  });

  it("is begun where they are those of the state", async () => {
    // The engine itself misses its secrets then.
    await assert.rejects(
      runEngine(machine(three, three), order, () => {}),
      EngineFailure,
    );
  });

  it("is what the restore of etcd is: refused before anything else is done, too", async () => {
    const target = machine(one, three);
    assert.match(staleMembers(target, stateOf(three)) ?? "", /prod-cp-3 is not in it.*pulumi up/s);
    assert.equal(staleMembers(machine(three, three), stateOf(three)), undefined);
    const database = Buffer.alloc(512);
    const snapshot = Buffer.concat([database, createHash("sha256").update(database).digest()]);
    await assert.rejects(
      restoreEtcd({ target, narrator: {} as never }, "s", snapshot),
      /prod-cp-3 is not in it.*nothing was done/,
    );
  });
});
