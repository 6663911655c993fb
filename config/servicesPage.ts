/** `docs/services.md`: the catalogue of platform services, from the catalogue itself. */
import { catalogue } from "./catalogue";
import { serviceNames, type ServiceName } from "./services";

const INTRODUCTION = `# Platform services

<!-- Made by \`npx tsx config/writeReference.ts\`; a test fails when it is stale. -->

What Flux installs, once a cluster has a \`gitops\` part. \`npx opencenter service list <cluster>\` shows the same for one
cluster, with what decides; \`service enable\` and \`service disable\` switch. Keys of a service:
[configuration.md](configuration.md). How a change reaches the cluster: [operations/gitops.md](operations/gitops.md).

A service that **needs** another is refused without it. One that comes **after** another waits for it where both are on.
A version is the chart's; \`services.<name>.version\` takes another, \`services.<name>.values\` lays Helm values over ours.
`;

const HEADER = "| Service | What for | Chart | Version | Default | Needs | After | Namespace |";

const NOTES = `
\`velero\` is on where \`backup.store\` is not \`none\`, and \`etcd-backup\` beside it unless \`backup.etcdSnapshots\` is
false. With \`openstack-ccm\` the cloud controller moves from Kubespray to Flux. \`etcd-backup\` is plain manifests without
a chart, so it has neither a version nor values.
`;

const names = (services: readonly ServiceName[]) => services.join(", ") || "–";

function row(service: ServiceName): string {
  const { summary, chart, defaultOn, needs, after, namespace } = catalogue[service];
  const cells = [
    `\`${service}\``,
    summary,
    chart === undefined ? "–" : `\`${chart.name}\` of ${chart.repository}`,
    chart?.version ?? "–",
    defaultOn ? "on" : "off",
    names(needs),
    names(after),
    `\`${namespace}\``,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The page as the text of its file. */
export function servicesPage(): string {
  const line = HEADER.replace(/[^|]+/g, " --- ");
  return [INTRODUCTION, HEADER, line, ...serviceNames.map(row), NOTES].join("\n");
}
