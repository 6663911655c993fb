/**
 * Properties that Pulumi does not compare, because the program leaves them alone or the provider reads them under another
 * name: somebody who takes a port out of its security groups would never be noticed. They are read from the cloud here.
 */
import type { OpenStackClient, ServiceName } from "../../cloud/client";
import { isNotFound } from "../../cloud/errors";
import { logicalName, type StackState, type StateResource } from "../../recover/state";
import type { Difference, Finding } from "../report";
import { kindOf } from "./digest";

type Properties = Readonly<Record<string, unknown>>;

interface Field {
  /** As the cloud's API calls it. */
  readonly api: string;
  /** As the state calls it. */
  readonly state: string;
  /** Whether the program wrote it; otherwise what the last run saw is what should be. */
  readonly written?: true;
}

export interface BlindSpot {
  readonly service: ServiceName;
  /** Where all of a kind are listed. */
  readonly list: (resource: StateResource) => string;
  /** Name of the list in the answer, and of one object in a request. */
  readonly keys: readonly [list: string, one: string];
  readonly fields: readonly Field[];
}

const steady = (api: string, state: string): Field => ({ api, state });
const portSecurity = steady("port_security_enabled", "portSecurityEnabled");

/** By type of resource. */
export const BLIND_SPOTS: Readonly<Record<string, BlindSpot>> = {
  "openstack:networking/port:Port": {
    service: "network",
    list: () => "/ports",
    keys: ["ports", "port"],
    fields: [
      { api: "security_groups", state: "securityGroupIds", written: true },
      steady("admin_state_up", "adminStateUp"),
      portSecurity,
    ],
  },
  "openstack:networking/network:Network": {
    service: "network",
    list: () => "/networks",
    keys: ["networks", "network"],
    fields: [portSecurity, steady("shared", "shared")],
  },
  "openstack:loadbalancer/listener:Listener": {
    service: "load-balancer",
    list: () => "/lbaas/listeners",
    keys: ["listeners", "listener"],
    fields: [steady("connection_limit", "connectionLimit")],
  },
  "openstack:loadbalancer/member:Member": {
    service: "load-balancer",
    list: ({ inputs }) => `/lbaas/pools/${String(inputs?.["poolId"])}/members`,
    keys: ["members", "member"],
    fields: [steady("weight", "weight"), steady("backup", "backup")],
  },
};

/** @param state of the stack; what is not in it is not looked at */
export async function blindFindings(cloud: OpenStackClient, state: StackState): Promise<Finding[]> {
  const found = Object.entries(BLIND_SPOTS).map(async ([type, spot]) => {
    const resources = state.resources.filter(
      (resource) => resource.type === type && resource.id !== undefined,
    );
    const places = [...new Set(resources.map(spot.list))];
    const lists = places.map((path) => listed(cloud, spot, path));
    const there = new Map((await Promise.all(lists)).flat().map((object) => [object["id"], object]));
    return resources.flatMap((resource) => finding(resource, spot, there.get(ownId(resource))));
  });
  return (await Promise.all(found)).flat();
}

/** A list that belongs to something that is gone is empty: a lost pool must not hide all other drift. */
async function listed(cloud: OpenStackClient, { service, keys }: BlindSpot, path: string) {
  try {
    return await cloud.service(service).list<Properties>(path, keys[0]);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** What is inside something else has both ids in the state: `pool/member`. */
export const ownId = ({ id = "" }: StateResource): string => id.split("/").at(-1) ?? id;

/** What is gone altogether, Pulumi sees. */
function finding(resource: StateResource, { fields }: BlindSpot, there: Properties | undefined): Finding[] {
  const differences =
    there === undefined ? [] : fields.flatMap((field) => difference(field, resource, there));
  if (differences.length === 0) return [];
  return [
    {
      layer: "cloud",
      code: "changed-unseen",
      subject: `${kindOf(resource.type)} ${logicalName(resource)}`,
      urn: resource.urn,
      id: ownId(resource),
      message: `differs in ${differences.map(({ path }) => path).join(", ")}`,
      differences,
      repair: "reconcile sets it again in the cloud; Pulumi itself does not compare it.",
    },
  ];
}

/** Lists of the cloud have no order. */
const text = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).sort().join(", ") : String(value);

export function wantedValue({ state, written }: Field, { inputs, outputs }: StateResource): unknown {
  return written === true ? inputs?.[state] : (inputs?.[state] ?? outputs?.[state]);
}

function difference(field: Field, resource: StateResource, there: Properties): Difference[] {
  const wanted = wantedValue(field, resource);
  const actual = there[field.api];
  if (wanted === undefined || wanted === null || actual === undefined || text(wanted) === text(actual))
    return [];
  return [{ path: field.state, expected: text(wanted), actual: text(actual) }];
}
