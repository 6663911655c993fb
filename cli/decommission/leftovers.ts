/** What the cloud still has of a cluster when everything was to be gone: listed, and deleted by id. */
import { setTimeout as sleep } from "node:timers/promises";
import { type KeptVolume, whyKept } from "../../delivery/flux/leftovers";
import { listBelongings, type listBelongings as List } from "../belongings/list";
import type { Belonging, Belongings, Owner, Unasked } from "../belongings/types";
import type { OpenStackClient } from "../cloud/client";
import { CloudError } from "../cloud/errors";

/** What outlives the cluster. */
export interface Kept extends Pick<Belonging, "kind" | "id" | "name"> {
  /** Whose it was, why it stays, and how it goes when nobody needs it any more. */
  readonly why: string;
}

export interface Leftovers {
  /** The cluster's beyond doubt, or known from its state or its own API: may be deleted. */
  readonly ours: readonly Belonging[];
  /** Called like the cluster's; somebody has to look. */
  readonly doubtful: readonly Belonging[];
  readonly kept: readonly Kept[];
  readonly unasked: Belongings["unasked"];
}

/** What state and cluster said of their things in the cloud before they went. */
export interface Testimony {
  /** Ids: what the state had, volumes of claims, load balancers of Services. */
  readonly known: ReadonlySet<string>;
  /** Volumes that are to stay. */
  readonly kept: readonly KeptVolume[];
}

/** Services that there are and that did not answer: whether something of theirs is left nobody knows. */
export function unseen({ unasked }: Pick<Belongings, "unasked">): readonly Unasked[] {
  return unasked.filter(({ missing }) => !missing);
}

/** A name alone proves nothing: a cluster of another organisation, or a successor, may have the same. */
export function sortLeftovers({ found, unasked }: Belongings, { known, kept }: Testimony): Leftovers {
  const stays = new Set(kept.map(({ volume }) => volume));
  const rest = found.filter(({ kind, id }) => kind !== "container" && !stays.has(id));
  const isOurs = ({ sure, id }: Belonging) => sure || known.has(id);
  return {
    ours: rest.filter(isOurs),
    doubtful: rest.filter((one) => !isOurs(one)),
    kept: [...found.filter(({ kind }) => kind === "container").map(keptContainer), ...kept.map(keptVolume)],
    unasked,
  };
}

const keptContainer = ({ kind, id, name }: Belonging): Kept => ({
  ...{ kind, id, name },
  why: "backups outlive a cluster; delete it when nobody needs them any more",
});

const keptVolume = (kept: KeptVolume): Kept => ({
  ...{ kind: "volume", id: kept.volume, name: `of ${kept.claim}` },
  why: whyKept(kept),
});

const POLL_MS = 3_000;
/** A load balancer takes minutes to go, and what it stands on waits for it. */
const LIMIT_MS = 600_000;

export interface Removal {
  readonly removed: readonly Belonging[];
  /** With what the cloud said. */
  readonly stuck: readonly { readonly what: Belonging; readonly reason: string }[];
}

/** Deletes what was shown, and nothing that appears later; again and again, since one thing holds another. */
export async function removeAll(
  cloud: OpenStackClient,
  owner: Owner,
  shown: readonly Belonging[],
  {
    list = listBelongings,
    limitMs = LIMIT_MS,
  }: { readonly list?: typeof List; readonly limitMs?: number } = {},
): Promise<Removal> {
  const wanted = new Map(shown.map((one) => [keyOf(one), one]));
  const reasons = new Map<string, string>();
  for (const until = Date.now() + limitMs; ; await sleep(POLL_MS)) {
    const listed = await list(cloud, owner);
    const left = listed.found.filter((one) => wanted.has(keyOf(one)));
    const hidden = hiddenOf(shown, listed, reasons);
    if (left.length + hidden.length === 0) return { removed: shown, stuck: [] };
    if (Date.now() > until) return ended(shown, [...left, ...hidden], reasons);
    for (const one of left) await tryRemove(one, reasons);
  }
}

/** What a service that does not answer may still have is not gone. */
function hiddenOf(
  shown: readonly Belonging[],
  listed: Belongings,
  reasons: Map<string, string>,
): readonly Belonging[] {
  const why = new Map(unseen(listed).map(({ kind, reason }) => [kind, reason]));
  const hidden = shown.filter(({ kind }) => why.has(kind));
  for (const one of hidden)
    reasons.set(keyOf(one), `whether it is gone could not be asked: ${why.get(one.kind)}`);
  return hidden;
}

const keyOf = ({ kind, id }: Belonging) => `${kind} ${id}`;

async function tryRemove(one: Belonging, reasons: Map<string, string>): Promise<void> {
  try {
    await one.remove();
    reasons.set(keyOf(one), "the cloud took the request, and it is still there");
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    reasons.set(keyOf(one), error.message);
  }
}

function ended(
  shown: readonly Belonging[],
  left: readonly Belonging[],
  reasons: ReadonlyMap<string, string>,
): Removal {
  const there = new Set(left.map(keyOf));
  return {
    removed: shown.filter((one) => !there.has(keyOf(one))),
    stuck: left.map((what) => ({ what, reason: reasons.get(keyOf(what)) ?? "" })),
  };
}
