/** The services of the simulated cloud. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "./api";
import { nova } from "./compute/nova";
import { glance } from "./glance";
import { createKeystone } from "./identity/keystone";
import { neutron } from "./network/neutron";

function optional(name: string): Service[] {
  if (!existsSync(join(__dirname, `${name}.ts`))) return [];
  const module = require(`./${name}`) as Record<string, Service>;
  return module[name] === undefined ? [] : [module[name]];
}

export const services: readonly Service[] = [
  createKeystone(() => services),
  glance,
  neutron,
  nova,
  ...["cinder", "octavia", "designate", "swift"].flatMap(optional),
];
