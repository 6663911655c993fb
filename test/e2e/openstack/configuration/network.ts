/** Neutron without agents, Octavia without amphorae, Designate without name servers but its own. */
import { stringify } from "yaml";
import { HOST, type Layout, PASSWORD, REGION } from "../layout";
import { bus, type ConfigurationFile, database, login, messageBus, tokens } from "./shared";

const QUOTA = {
  quota_network: 100,
  quota_subnet: 100,
  quota_port: 2000,
  quota_router: 50,
  quota_floatingip: 100,
  quota_security_group: 200,
  quota_security_group_rule: 2000,
};

export function neutron(layout: Layout): ConfigurationFile {
  return {
    path: "neutron/neutron.conf",
    content: {
      DEFAULT: {
        log_file: layout.log("neutron-service.log"),
        bind_host: HOST,
        core_plugin: "ml2",
        service_plugins: "router,qos,trunk,port_forwarding,segments",
        api_paste_config: "/usr/share/neutron-common/api-paste.ini",
        transport_url: messageBus(layout),
        state_path: layout.data("neutron"),
        rpc_workers: 0,
        api_workers: 0,
        rpc_state_report_workers: 0,
        dns_domain: "cloud.example.org.",
      },
      database: database(layout, "neutron"),
      ...tokens(layout),
      nova: login(layout),
      placement: login(layout),
      quotas: QUOTA,
      ml2: {
        type_drivers: "flat,vlan,vxlan,local",
        tenant_network_types: "vxlan",
        // Trunks want a driver that they know; ours binds before it is asked.
        mechanism_drivers: "opencenter_everywhere,openvswitch",
        extension_drivers: "port_security,qos,dns",
      },
      ml2_type_flat: { flat_networks: "*" },
      ml2_type_vxlan: { vni_ranges: "1:10000" },
      securitygroup: { enable_security_group: true },
      ...bus(layout),
    },
  };
}

export function octavia(layout: Layout): ConfigurationFile {
  const [certificate, key] = [layout.data("octavia", "ca.pem"), layout.data("octavia", "ca.key")];
  return {
    path: "octavia/octavia.conf",
    content: {
      DEFAULT: { log_file: layout.log("octavia-service.log"), transport_url: messageBus(layout) },
      api_settings: {
        bind_host: HOST,
        bind_port: layout.port("octavia"),
        auth_strategy: "keystone",
        enabled_provider_drivers: "amphora:played",
        default_provider_driver: "amphora",
        healthcheck_enabled: true,
      },
      database: database(layout, "octavia"),
      ...tokens(layout),
      service_auth: login(layout),
      neutron: { region_name: REGION },
      health_manager: { heartbeat_key: PASSWORD, controller_ip_port_list: `${HOST}:1` },
      certificates: {
        ca_certificate: certificate,
        ca_private_key: key,
        cert_manager: "local_cert_manager",
        server_certs_key_passphrase: "insecure-key-do-not-use-this-key",
      },
      haproxy_amphora: { client_cert: certificate, server_ca: certificate },
      controller_worker: {
        client_ca: certificate,
        workers: 1,
        amp_flavor_id: "none",
        amp_image_tag: "none",
        // A member gets no port without a network; the worker asks nobody about this one.
        amp_boot_network_list: "00000000-0000-0000-0000-000000000001",
        loadbalancer_topology: "SINGLE",
        amphora_driver: "amphora_noop_driver",
        compute_driver: "compute_noop_driver",
        image_driver: "image_noop_driver",
        network_driver: "opencenter_vips",
        volume_driver: "volume_noop_driver",
        distributor_driver: "distributor_noop_driver",
      },
      networking: { port_detach_timeout: 5 },
      oslo_messaging: { topic: "octavia_prov", event_stream_topic: "octavia_event" },
      quotas: {
        default_load_balancer_quota: 50,
        default_listener_quota: 200,
        default_pool_quota: 200,
        default_member_quota: 1000,
        default_health_monitor_quota: 200,
      },
      ...bus(layout),
    },
  };
}

export function designate(layout: Layout): ConfigurationFile[] {
  return [
    {
      path: "designate/designate.conf",
      content: {
        DEFAULT: {
          log_dir: layout.log(""),
          transport_url: messageBus(layout),
          state_path: layout.data("designate"),
        },
        "service:api": {
          listen: `${HOST}:${layout.port("designate")}`,
          auth_strategy: "keystone",
          enable_api_v2: true,
          api_base_uri: layout.url("designate"),
          api_paste_config: "/usr/share/designate-common/api-paste.ini",
          workers: 1,
        },
        "service:central": { workers: 1, managed_resource_tenant_id: "none" },
        "service:mdns": { listen: `${HOST}:${layout.port("mdns")}`, workers: 1 },
        "service:worker": {
          workers: 1,
          threads: 20,
          poll_delay: 1,
          poll_retry_interval: 1,
          notify: false,
        },
        "storage:sqlalchemy": database(layout, "designate"),
        ...tokens(layout),
        ...bus(layout),
      },
    },
    { path: "designate/pools.yaml", content: stringify([pool(layout)]) },
  ];
}

/** The name server that is asked whether it has a zone yet is Designate's own, from which others would copy it. */
function pool(layout: Layout) {
  const server = { host: HOST, port: layout.port("mdns") };
  return {
    name: "default",
    description: "Nothing behind it",
    attributes: {},
    ns_records: [{ hostname: "ns1.example.org.", priority: 1 }],
    nameservers: [server],
    targets: [{ type: "fake", description: "Nothing", masters: [server], options: server }],
  };
}
