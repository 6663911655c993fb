/** Where nodes get programs and images: mirrors, a proxy, or a site's own servers. */
import type { ClusterConfig } from "../../../config/resolve";
import type { Variables } from "./variables";

export function sourceVariables(config: ClusterConfig): Variables {
  return { ...mirrors(config), ...proxy(config), ...offline(config) };
}

function mirrors({ kubernetes: { registryMirrors } }: ClusterConfig): Variables {
  if (registryMirrors.length === 0) return {};
  return {
    containerd_registries_mirrors: registryMirrors.map(({ prefix, hosts }) => ({
      prefix,
      mirrors: hosts.map(({ url, capabilities, skipVerify, caFile }) => ({
        host: url,
        capabilities,
        skip_verify: skipVerify,
        ...(caFile === undefined ? {} : { ca: caFile }),
      })),
    })),
  };
}

function proxy(config: ClusterConfig): Variables {
  const settings = config.kubernetes.proxy;
  if (settings === undefined) return {};
  const { http, https, noProxy } = settings;
  return {
    ...(http === undefined ? {} : { http_proxy: http }),
    ...(https === undefined ? {} : { https_proxy: https }),
    // The subnet covers every node; listed one by one, each new worker would restart containerd on all others.
    additional_no_proxy: [
      config.network.cidr,
      `.${config.kubernetes.clusterDomain}`,
      ".svc",
      ...noProxy,
    ].join(","),
    no_proxy_exclude_workers: true,
  };
}

/** As Kubespray's sample for offline sites: a tree of the upstream hosts on one server, all images in one registry. */
function offline({ kubespray }: ClusterConfig): Variables {
  const settings = kubespray.offline;
  if (settings === undefined) return {};
  const { files, registry } = settings;
  return {
    ...(files === undefined
      ? {}
      : {
          files_repo: files.replace(/\/+$/, ""),
          github_url: "{{ files_repo }}/github.com",
          dl_k8s_io_url: "{{ files_repo }}/dl.k8s.io",
          storage_googleapis_url: "{{ files_repo }}/storage.googleapis.com",
          get_helm_url: "{{ files_repo }}/get.helm.sh",
        }),
    ...(registry === undefined
      ? {}
      : {
          registry_host: registry,
          kube_image_repo: "{{ registry_host }}",
          gcr_image_repo: "{{ registry_host }}",
          github_image_repo: "{{ registry_host }}",
          docker_image_repo: "{{ registry_host }}",
          quay_image_repo: "{{ registry_host }}",
        }),
  };
}
