/** Members: the machines of a pool, one at a time or all at once. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { check, text, unwrap } from "../requests";
import { insert, type Collection } from "./collection";
import { refuseOverQuota } from "./quotas";
import * as schemas from "./schemas";
import {
  balancerOf,
  begin,
  inPool,
  KINDS,
  now,
  poolOnTheWay,
  refuseWhilePending,
  type Noun,
  type Work,
} from "./tree";
import { usableSubnet } from "./vip";

type Wish = z.output<typeof schemas.member>;

/** By what a pool tells its members apart. */
const endpoint = (member: Readonly<Record<string, unknown>>) =>
  `${String(member["address"])} ${String(member["protocol_port"])}`;

function refuseTaken(wish: Wish, others: readonly Readonly<Record<string, unknown>>[]): void {
  if (!others.some((other) => endpoint(other) === endpoint(wish))) return;
  throw new ApiError(
    409,
    `Another member on this pool is already using ip ${wish.address} on protocol_port ${wish.protocol_port}`,
  );
}

function add(store: Store, pool: Resource, wish: Wish): Resource {
  const { project_id: _, tenant_id: __, ...shown } = wish;
  return insert(store, text(pool.project_id), "member", {
    operating_status: "NO_MONITOR",
    ...shown,
    subnet_id: wish.subnet_id ?? null,
    monitor_address: wish.monitor_address ?? null,
    monitor_port: wish.monitor_port ?? null,
    _pool_id: pool.id,
    _loadbalancer_id: pool["_loadbalancer_id"],
  });
}

function create(request: Request, store: Store): Resource {
  const pool = poolOnTheWay(request, store)!;
  const wish = check(schemas.member, unwrap(request, "member"), schemas.inOctaviasWords("member"));
  if (wish.subnet_id != null) usableSubnet(store, wish.subnet_id, request);
  refuseWhilePending("member", balancerOf(pool, request, store));
  refuseTaken(wish, inPool(store, "member", pool.id));
  return add(store, pool, wish);
}

const batchSchema = z.array(schemas.member);

/** Every member of the pool is what the body says; with `additive_only`, others stay. */
export function replaceMembers(request: Request, store: Store): Reply {
  const pool = poolOnTheWay(request, store)!;
  const raw = unwrap(request, "members");
  const wishes = check(batchSchema, raw, schemas.inOctaviasWords("member"));
  const given = raw as Record<string, unknown>[];
  refuseWhilePending("member", balancerOf(pool, request, store));
  const before = new Map(inPool(store, "member", pool.id).map((member) => [endpoint(member), member]));
  const isNew = wishes.map((wish) => !before.has(endpoint(wish)));
  wishes.forEach((wish, index) => {
    if (isNew[index] === true && wish.subnet_id != null) usableSubnet(store, wish.subnet_id, request);
    refuseTaken(wish, wishes.slice(0, index));
  });
  const keepsOthers = request.query.get("additive_only")?.toLowerCase() === "true";
  const wanted = new Set(wishes.map(endpoint));
  const gone = keepsOthers ? [] : [...before.values()].filter((member) => !wanted.has(endpoint(member)));
  const more = isNew.filter(Boolean).length - gone.length;
  if (more > 0) refuseOverQuota(store, text(pool.project_id), "member", more);
  const works: [Noun, Resource, Work][] = gone.map((member) => ["member", member, "DELETE"]);
  wishes.forEach((wish, index) => {
    const existing = before.get(endpoint(wish));
    if (existing === undefined) works.push(["member", add(store, pool, wish), "CREATE"]);
    else {
      // Only what the caller named: a default would undo what the member was told before.
      const changes = { ...given[index], updated_at: now() };
      works.push(["member", store.update(KINDS.member, existing.id, changes), "UPDATE"]);
    }
  });
  begin(store, works);
  return { status: 202 };
}

export const members: Collection = { noun: "member", path: "/lbaas/pools/:pool/members", create };
