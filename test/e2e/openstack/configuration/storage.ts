/** Cinder with volumes on paper, Swift with one copy of each object in a folder. */
import { HOST, type Layout, type PortName } from "../layout";
import type { Ini } from "../ini";
import { bus, type ConfigurationFile, database, login, messageBus, tokens } from "./shared";

export function cinder(layout: Layout): ConfigurationFile {
  return {
    path: "cinder/cinder.conf",
    content: {
      DEFAULT: {
        log_dir: layout.log(""),
        transport_url: messageBus(layout),
        host: "paper",
        my_ip: HOST,
        state_path: layout.data("cinder"),
        auth_strategy: "keystone",
        api_paste_config: "/usr/share/cinder-common/api-paste.ini",
        resource_query_filters_file: "/etc/cinder/resource_filters.json",
        enabled_backends: "paper",
        default_volume_type: "standard",
        glance_api_servers: layout.url("glance"),
        quota_volumes: 5000,
        quota_snapshots: 1000,
        quota_gigabytes: 500_000,
      },
      database: database(layout, "cinder"),
      ...tokens(layout),
      nova: login(layout),
      service_user: { send_service_user_token: true, ...login(layout) },
      paper: { volume_driver: "opencenter_drivers.volumes.PaperVolumes", volume_backend_name: "paper" },
      ...bus(layout),
    },
  };
}

/** Folder in which the one disk of each ring is. */
export const SWIFT_DISK = "disk";
/** Kinds of storage servers, which are also the names of their rings. */
export const RINGS = ["account", "container", "object"] as const;

export function swift(layout: Layout): ConfigurationFile[] {
  return [
    {
      path: "swift/swift.conf",
      content: { "swift-hash": { swift_hash_path_suffix: "suffix", swift_hash_path_prefix: "prefix" } },
    },
    { path: "swift/proxy-server.conf", content: swiftProxy(layout) },
    ...RINGS.map((kind) => ({ path: `swift/${kind}-server.conf`, content: storageServer(layout, kind) })),
  ];
}

function server(layout: Layout, port: PortName) {
  return {
    bind_ip: HOST,
    bind_port: layout.port(port),
    user: "root",
    workers: 0,
    swift_dir: layout.etc("swift"),
  };
}

function swiftProxy(layout: Layout): Ini {
  // No cache: its default would be whatever memcached this machine has.
  const filters = ["catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk"];
  const later = ["copy", "slo", "dlo", "versioned_writes", "symlink"];
  const { keystone_authtoken: authtoken } = tokens(layout);
  return {
    DEFAULT: server(layout, "swift"),
    "pipeline:main": {
      pipeline: [...filters, "authtoken", "keystoneauth", ...later, "proxy-server"].join(" "),
    },
    "app:proxy-server": { use: "egg:swift#proxy", account_autocreate: true, node_timeout: 30 },
    ...Object.fromEntries(
      [...filters, ...later].map((name) => [`filter:${name}`, { use: `egg:swift#${name}` }]),
    ),
    "filter:versioned_writes": { use: "egg:swift#versioned_writes", allow_object_versioning: true },
    "filter:authtoken": {
      "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
      ...authtoken,
      delay_auth_decision: true,
    },
    "filter:keystoneauth": { use: "egg:swift#keystoneauth", operator_roles: "admin, member" },
  };
}

function storageServer(layout: Layout, kind: (typeof RINGS)[number]): Ini {
  return {
    DEFAULT: {
      ...server(layout, `swift-${kind}`),
      devices: layout.data("swift"),
      mount_check: false,
      disable_fallocate: true,
    },
    "pipeline:main": { pipeline: `${kind}-server` },
    [`app:${kind}-server`]: { use: `egg:swift#${kind}`, replication_server: false },
  };
}
