/** A Helm repository that holds a double of every chart of the catalogue. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { inc, valid } from "semver";
import { stringify } from "yaml";
import { catalogue } from "../../../config/catalogue";
import { chartArchive, type ChartVersion, metadataOf } from "./chart";

/** Charts that definitions of services bring beside the catalogue's; a test compares. */
const EXTRA: readonly ChartVersion[] = [{ name: "designate-certmanager-webhook", version: "0.9.2" }];

/** Every chart in the version that is pinned, and one further, so that an upgrade can be tried. */
export function offeredCharts(): ChartVersion[] {
  const pinned = [...Object.values(catalogue).flatMap(({ chart }) => chart ?? []), ...EXTRA];
  return pinned.flatMap(({ name, version }) => [
    { name, version },
    { name, version: nextPatch(version) },
  ]);
}

function nextPatch(version: string): string {
  const prefix = version.startsWith("v") ? "v" : "";
  return `${prefix}${inc(valid(version) ?? "0.0.0", "patch")}`;
}

export class Charts {
  private readonly archives = new Map<string, Promise<Buffer>>();

  /** @param path below the repository's address, without a leading / */
  async answer(path: string, response: ServerResponse): Promise<void> {
    if (path === "index.yaml") return send(response, "application/yaml", await this.index());
    const chart = offeredCharts().find((offered) => fileOf(offered) === path);
    if (chart !== undefined) return send(response, "application/gzip", await this.archive(chart));
    response.writeHead(404).end(`there is no ${path} among the doubles of the catalogue's charts\n`);
  }

  private async index(): Promise<string> {
    const entries: Record<string, object[]> = {};
    for (const chart of offeredCharts()) {
      const digest = createHash("sha256")
        .update(await this.archive(chart))
        .digest("hex");
      const created = new Date(0).toISOString();
      const entry = { ...metadataOf(chart), created, digest, urls: [fileOf(chart)] };
      entries[chart.name] = [...(entries[chart.name] ?? []), entry];
    }
    return stringify({ apiVersion: "v1", generated: new Date(0).toISOString(), entries });
  }

  private archive(chart: ChartVersion): Promise<Buffer> {
    const file = fileOf(chart);
    const archive = this.archives.get(file) ?? chartArchive(chart);
    this.archives.set(file, archive);
    return archive;
  }
}

function fileOf({ name, version }: ChartVersion): string {
  return `${name}-${version}.tgz`;
}

function send(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
