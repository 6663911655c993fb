/** The services of the simulated cloud. */
import type { Service } from "./api";
import { cinder } from "./cinder";
import { nova } from "./compute/nova";
import { designate } from "./designate";
import { glance } from "./glance";
import { createKeystone } from "./identity/keystone";
import { neutron } from "./network/neutron";
import { octavia } from "./octavia";
import { swift } from "./swift";

export const services: readonly Service[] = [
  createKeystone(() => services),
  glance,
  neutron,
  nova,
  cinder,
  octavia,
  designate,
  swift,
];
