/** All configuration files, as data and on the disk. */
import { copyFileSync, mkdirSync } from "node:fs";
import { writePrivate } from "../../../../runner/files";
import { iniText } from "../ini";
import type { Layout } from "../layout";
import { computeHosts, nova, placement } from "./compute";
import { glance, keystone } from "./identity";
import { designate, neutron, octavia } from "./network";
import type { ConfigurationFile } from "./shared";
import { cinder, SWIFT_DISK, swift } from "./storage";

function configurationFiles(layout: Layout): ConfigurationFile[] {
  const single = [keystone, glance, placement, nova, neutron, octavia, cinder].map((file) => file(layout));
  return [...single, ...computeHosts(), ...designate(layout), ...swift(layout)];
}

/** Folders that a service expects to be there. */
const FOLDERS = [
  ...["lock", "nova", "cinder", "neutron", "octavia", "designate", "keystone"],
  ...["glance/images", "glance/staging", `swift/${SWIFT_DISK}`],
];

/** Files of Debian's that have to lie beside a service's own. */
const COPIES = [
  ["/usr/share/nova-common/api-paste.ini", "nova/api-paste.ini"],
  ["/usr/share/glance-common/glance-api-paste.ini", "glance/glance-api-paste.ini"],
] as const;

export function writeConfiguration(layout: Layout): void {
  for (const folder of FOLDERS) mkdirSync(layout.data(folder), { recursive: true, mode: 0o700 });
  for (const { path, content } of configurationFiles(layout))
    writePrivate(layout.etc(path), typeof content === "string" ? content : iniText(content));
  for (const [from, to] of COPIES) copyFileSync(from, layout.etc(to));
}
