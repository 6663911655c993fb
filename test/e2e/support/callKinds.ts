/** What a cloud was asked, held against the kinds of calls whose answers were recorded from real services. */
import { readFileSync } from "node:fs";
import type { ServiceName } from "../../fidelity/connection";
import { kindOf, recordedKinds } from "../../fidelity/kinds";
import { AREAS } from "../../fidelity/scenario";
import type { Layout, PortName } from "../openstack/layout";
import { callsOf } from "../openstack/programs";

/** `2026-01-31T00:00:00.000Z GET /network/v2.0/ports?name=a 200 1ms`, as the simulator logs it; not what was `injected`. */
const LINE = /^\S+ ([A-Z]+) \/([a-z-]+)(\/\S*) (\d{3}) \d+ms$/;

const lines = (file: string) => readFileSync(file, "utf8").split("\n");

function withoutRecorded(kinds: readonly string[]): string[] {
  const recorded = recordedKinds(AREAS.map(({ name }) => name));
  return [...new Set(kinds)].filter((kind) => !recorded.has(kind)).sort();
}

/** @param logFile of a simulator @returns kinds of calls whose answers nobody compared with those of real services */
export function uncomparedCalls(logFile: string): string[] {
  const kinds = lines(logFile).flatMap((line) => {
    const [, method, service, target, status] = LINE.exec(line) ?? [];
    if (method === undefined || service === undefined || target === undefined) return [];
    return [kindOf(method, service, target, Number(status))];
  });
  return withoutRecorded(kinds);
}

/** Designate and Swift are no programs of uwsgi, which writes the calls down. */
const REAL: Readonly<Partial<Record<PortName, ServiceName>>> = {
  keystone: "identity",
  nova: "compute",
  neutron: "network",
  cinder: "volume",
  glance: "image",
  octavia: "load-balancer",
};

/** The provider; services and tests ask, too. */
const PROVIDER = /gophercloud/;

/** The same of real services, as far as the provider asked. @throws Error when it asked nothing, which no cluster does */
export function uncomparedRealCalls(layout: Layout): string[] {
  const kinds = Object.entries(REAL).flatMap(([port, service]) =>
    lines(callsOf(layout, port as PortName))
      .map((line) => line.split(" "))
      .filter(([, , , ...agent]) => PROVIDER.test(agent.join(" ")))
      .map(([method = "", target = "", status]) => kindOf(method, service, target, Number(status))),
  );
  if (kinds.length === 0) throw new Error("no call of the provider is in the services' logs");
  return withoutRecorded(kinds);
}
