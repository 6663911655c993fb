/** Placement and Nova, whose machines are played by Nova's own fake driver. */
import { HOST, type Layout, REGION } from "../layout";
import { bus, type ConfigurationFile, database, login, messageBus, tokens } from "./shared";

/** One host in each zone: what is spread over hosts or zones must find three of them. */
export const ZONES = ["az1", "az2", "az3"] as const;

/** As generous as a large tenant's; tests that want less ask for it. */
const QUOTA = { instances: 500, cores: 4000, ram: 16 * 1024 * 1024, server_groups: 100 };

export function placement(layout: Layout): ConfigurationFile {
  return {
    path: "placement/placement.conf",
    content: {
      DEFAULT: { log_file: layout.log("placement-service.log") },
      placement_database: database(layout, "placement"),
      api: { auth_strategy: "keystone" },
      ...tokens(layout),
    },
  };
}

export function nova(layout: Layout): ConfigurationFile {
  const service = login(layout);
  return {
    path: "nova/nova.conf",
    content: {
      DEFAULT: {
        log_dir: layout.log(""),
        transport_url: messageBus(layout),
        my_ip: HOST,
        state_path: layout.data("nova"),
        compute_driver: "fake.FakeDriver",
        allow_resize_to_same_host: true,
        vif_plugging_is_fatal: false,
        vif_plugging_timeout: 0,
        reserved_host_memory_mb: 0,
      },
      api: { auth_strategy: "keystone" },
      api_database: database(layout, "nova_api"),
      database: database(layout, "nova"),
      ...tokens(layout),
      service_user: { send_service_user_token: true, ...service },
      placement: service,
      neutron: service,
      cinder: { ...service, os_region_name: REGION, catalog_info: "volumev3::publicURL" },
      glance: { api_servers: layout.url("glance") },
      conductor: { workers: 1 },
      // A command of its own for the new hosts takes ten seconds each time.
      scheduler: { workers: 1, discover_hosts_in_cells_interval: 3 },
      vnc: { enabled: false },
      quota: { ...QUOTA, server_group_members: 100 },
      workarounds: { skip_cpu_compare_on_dest: true },
      ...bus(layout),
    },
  };
}

/** What a fake host has beside the common file. */
export function computeHosts(): ConfigurationFile[] {
  return ZONES.map((zone) => ({ path: `nova/host-${zone}.conf`, content: { DEFAULT: { host: zone } } }));
}
