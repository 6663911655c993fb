/** Every process of the cloud. */
import { readdirSync, writeFileSync } from "node:fs";
import { ZONES } from "./configuration/compute";
import { RINGS } from "./configuration/storage";
import { HOST, type Layout, type PortName } from "./layout";
import { type Program, python, swiftServer, wsgi } from "./programs";

export interface Service {
  readonly name: string;
  readonly program: Program;
  /** Where it answers. */
  readonly port?: PortName;
  readonly speaks?: "http" | "tcp";
}

/** What the services themselves need. */
export function foundation(layout: Layout): Service[] {
  return [
    { name: "mariadb", program: mariadb(layout), port: "mariadb", speaks: "tcp" },
    { name: "epmd", program: epmd(layout), port: "epmd", speaks: "tcp" },
    { name: "rabbitmq", program: rabbitmq(layout), port: "rabbit", speaks: "tcp" },
  ];
}

export function keystone(layout: Layout): Service {
  const env = { OS_KEYSTONE_CONFIG_DIR: layout.etc("keystone") };
  return api(layout, "keystone", "keystone-wsgi-public", 1, 6, { env });
}

/** All that ask Keystone who speaks to them. The slowest to start are first. */
export function services(layout: Layout): Service[] {
  const novaFiles = ["--config-file", layout.etc("nova/nova.conf")];
  const worker = (name: string, module: string, ...args: string[]): Service => ({
    name,
    program: python(module, args),
  });
  const file = (path: string) => ["--config-file", layout.etc(path)];
  const neutron = {
    OS_NEUTRON_CONFIG_DIR: layout.etc("neutron"),
    OS_NEUTRON_CONFIG_FILES: "neutron.conf",
  };
  const designate = file("designate/designate.conf");
  const octavia = {
    ...worker("octavia-worker", "octavia.cmd.octavia_worker", ...file("octavia/octavia.conf")),
  };
  return [
    worker("nova-conductor", "nova.cmd.conductor", ...novaFiles),
    // Each process answers one call at a time, and Nova, Neutron and Cinder wait for each other: one more than two.
    api(layout, "nova", "nova-api-wsgi", 3, 1, { env: { OS_NOVA_CONFIG_DIR: layout.etc("nova") } }),
    api(layout, "placement", "placement-api", 1, 4, {
      env: { OS_PLACEMENT_CONFIG_DIR: layout.etc("placement") },
    }),
    worker("nova-scheduler", "nova.cmd.scheduler", ...novaFiles),
    ...ZONES.map((zone) =>
      worker(`nova-compute-${zone}`, "nova.cmd.compute", ...novaFiles, ...file(`nova/host-${zone}.conf`)),
    ),
    api(layout, "neutron", "neutron-api", 3, 1, { env: neutron }),
    api(layout, "glance", "glance-wsgi-api", 1, 4, { env: { OS_GLANCE_CONFIG_DIR: layout.etc("glance") } }),
    // Two volumes that were made from an image at the same moment, in two threads of one process, waited for each other for ever.
    api(layout, "cinder", "cinder-wsgi", 2, 1, { file: "cinder/cinder.conf" }),
    worker("cinder-scheduler", "cinder.cmd.scheduler", ...file("cinder/cinder.conf")),
    worker("cinder-volume", "cinder.cmd.volume", ...file("cinder/cinder.conf")),
    api(layout, "octavia", "octavia-wsgi", 1, 4, { file: "octavia/octavia.conf" }),
    { ...octavia, program: { ...octavia.program, env: { OPENCENTER_AMPHORAE_ARE_PLAYED: "1" } } },
    worker("designate-central", "designate.cmd.central", ...designate),
    { ...worker("designate-api", "designate.cmd.api", ...designate), port: "designate", speaks: "http" },
    { ...worker("designate-mdns", "designate.cmd.mdns", ...designate), port: "mdns", speaks: "tcp" },
    worker("designate-worker", "designate.cmd.worker", ...designate),
    ...RINGS.map((kind): Service => ({
      name: `swift-${kind}`,
      program: swiftServer(layout, `${kind}-server`),
      port: `swift-${kind}`,
      speaks: "tcp",
    })),
    { name: "swift-proxy", program: swiftServer(layout, "proxy-server"), port: "swift", speaks: "http" },
  ];
}

function api(
  layout: Layout,
  port: PortName,
  script: string,
  processes: number,
  threads: number,
  more: { readonly file?: string; readonly env?: Readonly<Record<string, string>> },
): Service {
  const program = wsgi(layout, { port, script: `/usr/bin/${script}`, processes, threads, ...more });
  return { name: `${port}-api`, program, port, speaks: "http" };
}

function mariadb(layout: Layout): Program {
  const settings = {
    datadir: layout.data("mariadb"),
    user: "root",
    socket: layout.run("mariadb.sock"),
    port: layout.port("mariadb"),
    "bind-address": HOST,
    "pid-file": layout.run("mariadb.pid"),
    // Survives the end of the process, which tests ask of it; not the loss of power.
    "innodb-flush-log-at-trx-commit": 2,
    "innodb-flush-method": "nosync",
    "innodb-buffer-pool-size": "128M",
    "max-connections": 600,
    "performance-schema": 0,
  };
  const args = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
  const plain = ["--no-defaults", ...args, "--skip-log-bin", "--skip-name-resolve"];
  return { command: "/usr/sbin/mariadbd", args: plain };
}

function newest(folder: string, prefix: string): string {
  const found = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return `${folder}/${found.sort().at(-1) ?? `${prefix}?`}`;
}

function epmd(layout: Layout): Program {
  const program = `${newest("/usr/lib/erlang", "erts-")}/bin/epmd`;
  const args = ["-address", HOST, "-port", String(layout.port("epmd")), "-relaxed_command_check"];
  return { command: program, args };
}

function rabbitmq(layout: Layout): Program {
  const [configuration, plugins] = [layout.etc("rabbitmq.conf"), layout.etc("rabbitmq-plugins")];
  const lines = [
    `listeners.tcp.default = ${HOST}:${layout.port("rabbit")}`,
    "log.console = true",
    "log.console.level = warning",
    "vm_memory_high_watermark.absolute = 400MB",
    "disk_free_limit.absolute = 50MB",
  ];
  writeFileSync(configuration, `${lines.join("\n")}\n`);
  writeFileSync(plugins, "[].\n");
  const home = newest("/usr/lib/rabbitmq/lib", "rabbitmq_server-");
  return {
    command: `${home}/sbin/rabbitmq-server`,
    args: [],
    env: {
      RABBITMQ_NODENAME: `opencenter${layout.port("rabbit")}@localhost`,
      RABBITMQ_CONFIG_FILE: configuration,
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_MNESIA_BASE: layout.data("rabbitmq"),
      RABBITMQ_LOG_BASE: layout.log(""),
      RABBITMQ_PID_FILE: layout.run("rabbitmq.pid"),
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      // The script gives way to the program instead of waiting for it: one process to stop.
      RUNNING_UNDER_SYSTEMD: "1",
      RABBITMQ_DIST_PORT: String(layout.port("erlang")),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
      ERL_EPMD_ADDRESS: HOST,
      ERL_EPMD_PORT: String(layout.port("epmd")),
    },
  };
}
