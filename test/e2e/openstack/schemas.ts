/** The services' databases and what else has to be made once, each step marked when it is done. */
import { existsSync, mkdirSync } from "node:fs";
import { writePrivate } from "../../../runner/files";
import { DATABASE_USER, databaseUrl, messageBus } from "./configuration/shared";
import { RINGS, SWIFT_DISK } from "./configuration/storage";
import { HOST, type Layout, PASSWORD, REGION } from "./layout";
import { type Program, python, runProgram } from "./programs";

const DATABASES = [
  ...["keystone", "glance", "placement", "nova_api", "nova", "nova_cell0"],
  ...["neutron", "cinder", "octavia", "designate"],
];

interface Step {
  readonly name: string;
  readonly programs: readonly Program[];
}

/** Two at a time, the longest first: a schema is a chain of statements, and waits for nothing but the processor. */
const LANES = 2;

export async function prepareMariadb(layout: Layout): Promise<void> {
  await once(layout, {
    name: "mariadb",
    programs: [
      {
        command: "mariadb-install-db",
        args: [
          ...["--no-defaults", `--datadir=${layout.data("mariadb")}`, "--user=root"],
          ...["--auth-root-authentication-method=normal", "--skip-test-db"],
        ],
      },
    ],
  });
}

export async function createDatabases(layout: Layout): Promise<void> {
  const account = `'${DATABASE_USER}'@'${HOST}'`;
  const statements = [
    ...DATABASES.map((name) => `create database if not exists ${name} character set utf8;`),
    `create user if not exists ${account} identified by '${PASSWORD}';`,
    `grant all on *.* to ${account};`,
  ];
  const args = ["--no-defaults", "--user=root", `--socket=${layout.run("mariadb.sock")}`];
  await runProgram(layout, "databases", { command: "/usr/bin/mariadb", args }, statements.join("\n"));
}

export async function createSchemas(layout: Layout): Promise<void> {
  const waiting = [...steps(layout)];
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await once(layout, step);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Each program by itself: not all of them bear to be run again. */
export async function once(layout: Layout, { name, programs }: Step): Promise<void> {
  for (const [index, program] of programs.entries()) {
    const mark = layout.data("done", `${name}-${index}`);
    if (existsSync(mark)) continue;
    await runProgram(layout, `prepare-${name}`, program);
    writePrivate(mark, "");
  }
}

function steps(layout: Layout): Step[] {
  const manage = (name: string, file: string, ...args: string[]): Program => ({
    command: `/usr/bin/${name}`,
    args: ["--config-file", layout.etc(file), ...args],
  });
  const cinder = (...args: string[]) => manage("cinder-manage", "cinder/cinder.conf", ...args);
  const neutron = (...args: string[]) => manage("neutron-db-manage", "neutron/neutron.conf", ...args);
  const designate = (...args: string[]) => manage("designate-manage", "designate/designate.conf", ...args);
  return [
    { name: "nova", programs: nova(layout) },
    { name: "keystone", programs: keystone(layout) },
    { name: "neutron", programs: [neutron("upgrade", "heads")] },
    { name: "designate", programs: [designate("database", "sync")] },
    { name: "placement", programs: [manage("placement-manage", "placement/placement.conf", "db", "sync")] },
    { name: "glance", programs: [manage("glance-manage", "glance/glance-api.conf", "db_sync")] },
    { name: "cinder", programs: [cinder("db", "sync")] },
    { name: "octavia", programs: [authority(layout), octavia(layout)] },
    { name: "swift", programs: rings(layout) },
  ];
}

function octavia(layout: Layout): Program {
  const args = ["--config-file", layout.etc("octavia/octavia.conf"), "upgrade", "head"];
  return { command: "/usr/bin/octavia-db-manage", args };
}

function nova(layout: Layout): Program[] {
  const manage = (...args: string[]): Program => ({
    command: "/usr/bin/nova-manage",
    args: ["--config-file", layout.etc("nova/nova.conf"), ...args],
  });
  const cell0 = ["--database_connection", databaseUrl(layout, "nova_cell0")];
  const cell1 = ["--database_connection", databaseUrl(layout, "nova"), "--transport-url", messageBus(layout)];
  return [
    manage("api_db", "sync"),
    manage("cell_v2", "map_cell0", ...cell0),
    manage("cell_v2", "create_cell", "--name", "cell1", ...cell1),
    manage("db", "sync"),
  ];
}

function keystone(layout: Layout): Program[] {
  const owner = ["--keystone-user", "root", "--keystone-group", "root"];
  const url = `${layout.url("keystone")}/v3`;
  const urls = ["admin", "internal", "public"].flatMap((kind) => [`--bootstrap-${kind}-url`, url]);
  const manage = (...args: string[]): Program => ({
    command: "/usr/bin/keystone-manage",
    args: ["--config-file", layout.etc("keystone/keystone.conf"), ...args],
    env: { OS_BOOTSTRAP_PASSWORD: PASSWORD },
  });
  return [
    manage("db_sync"),
    manage("fernet_setup", ...owner),
    manage("credential_setup", ...owner),
    manage("bootstrap", ...urls, "--bootstrap-region-id", REGION),
  ];
}

/** Of amphorae that nobody starts; Octavia signs their certificates all the same. */
function authority(layout: Layout): Program {
  const [certificate, key] = [layout.data("octavia", "ca.pem"), layout.data("octavia", "ca.key")];
  const subject = ["-nodes", "-newkey", "rsa:2048", "-keyout", key, "-days", "3650", "-subj", "/CN=amphorae"];
  return { command: "/usr/bin/openssl", args: ["req", "-x509", ...subject, "-out", certificate] };
}

function rings(layout: Layout): Program[] {
  const folder = layout.etc("swift");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return RINGS.flatMap((kind) => {
    const builder = (...args: string[]) =>
      python("swift.cli.ringbuilder", [`${folder}/${kind}.builder`, ...args]);
    const device = `r1z1-${HOST}:${layout.port(`swift-${kind}`)}/${SWIFT_DISK}`;
    // 2^4 partitions, one copy, no hour of rest between changes: nothing is ever moved.
    return [builder("create", "4", "1", "0"), builder("add", device, "100"), builder("rebalance")];
  });
}
