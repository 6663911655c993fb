/** Keystone and Glance. */
import type { Layout } from "../layout";
import { type ConfigurationFile, database, tokens } from "./shared";

export function keystone(layout: Layout): ConfigurationFile {
  return {
    path: "keystone/keystone.conf",
    content: {
      DEFAULT: { log_file: layout.log("keystone-service.log") },
      database: database(layout, "keystone"),
      token: { provider: "fernet", expiration: 86_400 },
      fernet_tokens: { key_repository: layout.data("keystone", "fernet-keys") },
      credential: { key_repository: layout.data("keystone", "credential-keys") },
      // What takes time on purpose where passwords protect something.
      identity: { password_hash_rounds: 4 },
      // One process, so no other one has a stale copy.
      cache: { enabled: true, backend: "oslo_cache.dict", expiration_time: 3600 },
    },
  };
}

export function glance(layout: Layout): ConfigurationFile {
  return {
    path: "glance/glance-api.conf",
    content: {
      DEFAULT: {
        log_file: layout.log("glance-service.log"),
        enabled_import_methods: "[glance-direct,web-download]",
        node_staging_uri: `file://${layout.data("glance", "staging")}`,
        worker_self_reference_url: layout.url("glance"),
      },
      database: database(layout, "glance"),
      ...tokens(layout),
      paste_deploy: { flavor: "keystone", config_file: "/usr/share/glance-common/glance-api-paste.ini" },
      glance_store: {
        stores: "file,http",
        default_store: "file",
        filesystem_store_datadir: layout.data("glance", "images"),
      },
      oslo_concurrency: { lock_path: layout.data("lock") },
    },
  };
}
