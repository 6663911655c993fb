/** What may happen to a run, by the dice. */
import fc from "fast-check";
import type { FaultOrder } from "../../sandbox/openstack/faults";
import { type Disturbance, DRIFTS } from "./types";

/** Calls that a cluster's life makes; what is on nobody's way in a run is simply not met. */
const CALLS: readonly (readonly [service: string, path: string, method: string])[] = [
  ["network", "^/v2.0/networks$", "POST"],
  ["network", "^/v2.0/subnets$", "POST"],
  ["network", "^/v2.0/subnets/", "PUT"],
  ["network", "^/v2.0/routers$", "POST"],
  ["network", "_router_interface$", "PUT"],
  ["network", "^/v2.0/security-groups$", "POST"],
  ["network", "^/v2.0/security-group-rules$", "POST"],
  ["network", "^/v2.0/security-group-rules/", "DELETE"],
  ["network", "^/v2.0/ports$", "POST"],
  ["network", "^/v2.0/ports/", "PUT"],
  ["network", "^/v2.0/ports/", "DELETE"],
  ["network", "^/v2.0/floatingips$", "POST"],
  ["network", "^/v2.0/floatingips/", "DELETE"],
  ["network", "/tags$", "PUT"],
  ["compute", "/os-keypairs$", "POST"],
  ["compute", "/os-server-groups$", "POST"],
  ["compute", "/servers$", "POST"],
  ["compute", "/servers/[^/]+$", "GET"],
  ["compute", "/servers/[^/]+/action$", "POST"],
  ["compute", "/servers/[^/]+$", "DELETE"],
  ["compute", "/os-volume_attachments$", "POST"],
  ["compute", "/os-volume_attachments/", "DELETE"],
  ["volume", "/volumes$", "POST"],
  ["volume", "/volumes/[^/]+$", "GET"],
  ["volume", "/volumes/[^/]+$", "DELETE"],
  ["load-balancer", "/lbaas/loadbalancers$", "POST"],
  ["load-balancer", "/lbaas/loadbalancers/", "DELETE"],
  ["load-balancer", "/lbaas/listeners$", "POST"],
  ["load-balancer", "/lbaas/pools$", "POST"],
  ["load-balancer", "/members$", "POST"],
  ["load-balancer", "/members/", "DELETE"],
  ["load-balancer", "/lbaas/healthmonitors$", "POST"],
  ["dns", "/recordsets$", "POST"],
  ["dns", "/recordsets/", "DELETE"],
  ["object-store", "^/v1/[^/]+/[^/]+$", "PUT"],
  ["identity", "/application_credentials$", "POST"],
  ["identity", "/auth/tokens$", "POST"],
];

/** Whatever a run changes first: a change of a cluster that is there makes few of the calls above. */
const ANY = ["network", "compute", "load-balancer", "volume", "dns"].flatMap((service) =>
  ["POST", "PUT", "DELETE"].map((method) => [service, "", method] as const),
);

const named = ([service, path, method]: readonly [string, string, string]) => ({
  service,
  method,
  ...(path === "" ? {} : { path }),
});
const call = fc.oneof(fc.constantFrom(...CALLS), fc.constantFrom(...ANY)).map(named);

/** Ways in which an answer goes wrong. */
const way: fc.Arbitrary<Partial<FaultOrder>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      status: fc.constantFrom(400, 403, 409, 500, 503),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ drop: fc.constant(true as const), times: fc.integer({ min: 1, max: 6 }) }),
  },
  // The work is done, and nobody hears of it.
  { weight: 3, arbitrary: fc.constant({ drop: true, afterWork: true, times: 1 } as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(502, 504).map((status) => ({ status, afterWork: true as const, times: 1 })),
  },
  { weight: 1, arbitrary: fc.constant({ delayMs: 4000, times: 4 }) },
);

const ofACall = fc
  .tuple(call, way, fc.constantFrom(0, 0, 1, 2, 4))
  .map(([where, how, skip]): FaultOrder => ({ ...where, ...how, ...(skip === 0 ? {} : { skip }) }));

const inError = fc.constantFrom(0, 1).map((skip): FaultOrder => ({
  ...{ service: "compute", method: "POST", path: "/servers$", serverError: true, times: 1 },
  ...(skip === 0 ? {} : { skip }),
}));

const faults: fc.Arbitrary<Disturbance> = fc
  .array(fc.oneof({ weight: 6, arbitrary: ofACall }, { weight: 1, arbitrary: inError }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((orders) => ({ kind: "faults", orders }));

const signal: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constant("signal" as const),
  signal: fc.constantFrom("SIGINT" as const, "SIGKILL" as const, "SIGKILL" as const),
  lines: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 160 })),
});

const playbook: fc.Arbitrary<Disturbance> = fc
  .record({
    where: fc.constantFrom(
      { playbook: "cluster.yml", play: "etcd" },
      { playbook: "cluster.yml", play: "control plane" },
      { playbook: "cluster.yml", play: "apps" },
      { playbook: "scale.yml", play: "" },
      { playbook: "remove-node.yml", play: "" },
      { playbook: "wait.yml", play: "" },
    ),
    mode: fc.constantFrom("fail" as const, "unreachable" as const),
    times: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ where, mode, times }) => ({
    kind: "playbook",
    fault: { ...where, mode, times, message: "soak refuses" },
  }));

const drift: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constant("drift" as const),
  what: fc.constantFrom(...DRIFTS),
  pick: fc.nat(50),
});

const none: fc.Arbitrary<Disturbance> = fc.constant({ kind: "none" });

/** Of a run that makes or changes a cluster that is there. */
export const disturbance = fc.oneof(
  { weight: 1, arbitrary: none },
  { weight: 4, arbitrary: signal },
  { weight: 6, arbitrary: faults },
  { weight: 1, arbitrary: playbook },
  { weight: 2, arbitrary: drift },
);

/** Of the run that makes a cluster: there is nothing yet that could drift. */
export const firstDisturbance = fc.oneof(
  { weight: 1, arbitrary: none },
  { weight: 3, arbitrary: signal },
  { weight: 5, arbitrary: faults },
  { weight: 1, arbitrary: playbook },
);

/** Of the run that takes it away. */
export const lastDisturbance = fc.oneof(
  { weight: 3, arbitrary: none },
  { weight: 2, arbitrary: signal },
  { weight: 2, arbitrary: faults },
);
