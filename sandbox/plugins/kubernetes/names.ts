/** Names of objects for which the program gives none. */
import { createHash } from "node:crypto";
import type { Properties } from "../shared";
import { AUTONAMED, isMap, metadataOf } from "./objects";

const SUFFIX_LENGTH = 8;

/**
 * Inputs with a name: the program's, else that of the last time, else a new one.
 *
 * @param seed of this step of the deployment, so that a preview and what follows it choose the same name
 */
export function named(news: Properties, olds: Properties, urn: string, seed: Uint8Array): Properties {
  const metadata = news.metadata ?? {};
  // Unknown altogether, in a preview, or wrong: neither has a place for a name.
  if (!isMap(metadata) || metadata.name !== undefined) return news;
  const before = metadataOf(olds);
  const kept = before.annotations?.[AUTONAMED] === "true" ? before.name : undefined;
  const suffix = createHash("sha256").update(seed).update(urn).digest("hex").slice(0, SUFFIX_LENGTH);
  const name = kept ?? `${urn.split("::").at(-1)}-${suffix}`;
  const annotations = { ...(metadata.annotations as Properties | undefined), [AUTONAMED]: "true" };
  return { ...news, metadata: { ...metadata, name, annotations } };
}
