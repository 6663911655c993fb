/**
 * Kinds of calls: the code of a service that answers, and how it answered. What a program does to a cloud is compared with
 * real services only as far as the recording has its kinds.
 */
import { readGolden } from "./golden";

const ID = "<id>";

/** Segments of a path behind which there is a name that somebody chose. */
const NAMED = new Set(["os-keypairs", "tags", "extensions", "quotas"]);

function templateOf(service: string, path: string): string {
  const segments = path.split("/");
  return segments
    .map((segment, index) => {
      // Account, container, object; what follows is the object's name.
      if (service === "object-store" && index > 1) return index < 5 ? ID : "";
      const isId = /<[^>]+>|^[0-9a-f]{32}$|^[0-9a-f-]{36}$|^\d{1,3}(\.\d{1,3}){3}$/.test(segment);
      return isId || NAMED.has(segments[index - 1] ?? "") ? ID : segment;
    })
    .filter((segment, index) => segment !== "" || index === 0)
    .join("/");
}

/** @param target path below the service's root, with its query: `/v2.0/ports?name=a` */
export function kindOf(method: string, service: string, target: string, status: number): string {
  // Who is not let in never reaches what answers a path.
  if (status === 401) return `${service} 401`;
  const [path = "", query = ""] = target.split("?");
  const keys = [...new URLSearchParams(query).keys()];
  const asked = keys.length === 0 ? "" : `?${[...new Set(keys)].sort().join("&")}`;
  return `${method} ${service} ${templateOf(service, path)}${asked} ${status}`;
}

/** Kinds whose answers were recorded from real services. */
export function recordedKinds(areas: readonly string[]): ReadonlySet<string> {
  const steps = areas.flatMap((area) => readGolden(area) ?? []);
  return new Set(
    steps.map(({ call, status }) => {
      const [method = "", service = "", ...target] = call.split(" ");
      return kindOf(method, service, target.join(" "), status);
    }),
  );
}
