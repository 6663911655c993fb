/** A bucket of a service that speaks S3: four requests, signed by aws4fetch, which is small and depends on nothing. */
import { AwsClient } from "aws4fetch";
import { CloudError } from "../../cloud/errors";
import { ExitCode, UserError } from "../../errors";
import type { Target } from "../../operation";
import type { BackupStore, StoredObject } from "./types";

export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Stores other than Amazon's take any region, as long as there is one. */
const REGION = "us-east-1";
const LIMIT_MS = 30 * 60_000;

/** @throws UserError that names what is missing */
export async function s3Store(target: Target): Promise<BackupStore> {
  const { endpoint = "", region = REGION, bucket } = target.config.backup;
  const [accessKey, secretKey] = await Promise.all(
    ["backupAccessKey", "backupSecretKey"].map((key) => secretOf(target, key)),
  );
  return s3Bucket({ endpoint, region, bucket, accessKey: accessKey!, secretKey: secretKey! });
}

async function secretOf(target: Target, key: string): Promise<string> {
  const name = `opencenter:${key}`;
  type Values = Record<string, { value?: string }>;
  const values = JSON.parse(await target.pulumi(["config", "--show-secrets", "--json"])) as Values;
  const value = values[name]?.value;
  if (value !== undefined && value !== "") return value;
  throw new UserError(
    `the store is S3, and ${name} is not set.`,
    `pulumi config set --secret ${name} --stack ${target.stack}`,
    ExitCode.failed,
  );
}

export function s3Bucket(access: S3Access): BackupStore {
  return new S3Bucket(access);
}

class S3Bucket implements BackupStore {
  private readonly client: AwsClient;
  private readonly root: string;

  constructor(private readonly access: S3Access) {
    const { accessKey: accessKeyId, secretKey: secretAccessKey, region, endpoint, bucket } = access;
    // Its own retries would try for minutes what is refused for good.
    this.client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 2 });
    this.root = `${endpoint.replace(/\/+$/, "")}/${bucket}`;
  }

  get shown(): string {
    return `bucket ${this.access.bucket} at ${this.access.endpoint} (S3)`;
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for (let token: string | undefined; ;) {
      const more: Record<string, string> = token === undefined ? {} : { "continuation-token": token };
      const query = new URLSearchParams({ "list-type": "2", prefix, ...more });
      const answer = await this.ask("GET", `${this.root}?${query.toString()}`);
      if (answer.status === 404) throw noBucket(this.access);
      const xml = await answer.text();
      found.push(...contentsOf(xml));
      token = tagOf(xml, "NextContinuationToken");
      if (token === undefined) return found;
    }
  }

  async read(name: string): Promise<Buffer | undefined> {
    const answer = await this.ask("GET", this.urlOf(name));
    return answer.status === 404 ? undefined : Buffer.from(await answer.arrayBuffer());
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    const answer = await this.ask("PUT", this.urlOf(name), content);
    if (answer.status === 404) throw noBucket(this.access);
  }

  async remove(name: string): Promise<void> {
    await this.ask("DELETE", this.urlOf(name));
  }

  private urlOf(name: string): string {
    return `${this.root}/${name.split("/").map(encodeURIComponent).join("/")}`;
  }

  private async ask(method: string, url: string, body?: Uint8Array): Promise<Response> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await this.reached(() =>
      this.client.fetch(url, { method, body: body as RequestInit["body"], signal }),
    );
    if (answer.ok || answer.status === 404) return answer;
    throw refusal(method, url, answer.status, await answer.text());
  }

  private async reached(request: () => Promise<Response>): Promise<Response> {
    try {
      return await request();
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error };
      throw new CloudError(
        "cloud-unreachable",
        `Cannot reach ${this.access.endpoint}: ${cause?.message ?? message}.`,
        "Check backup.endpoint, and the way there.",
      );
    }
  }
}

function noBucket({ bucket, endpoint }: S3Access): UserError {
  return new UserError(
    `there is no bucket ${bucket} at ${endpoint}.`,
    "Make it; backup.bucket names it.",
    ExitCode.failed,
  );
}

function refusal(method: string, url: string, status: number, body: string): CloudError {
  const said = tagOf(body, "Message") ?? tagOf(body, "Code");
  const where = new URL(url);
  const message = `${where.origin} answers ${method} ${where.pathname} with HTTP ${status}${said === undefined ? "" : `: ${said}`}.`;
  if (status === 401 || status === 403)
    return new CloudError(
      "not-allowed",
      message,
      "Check opencenter:backupAccessKey and opencenter:backupSecretKey.",
      status,
    );
  return new CloudError("request-failed", message, undefined, status);
}

/** Own code: two flat elements of one known answer, for which a parser of all of XML would be a dependency. */
function contentsOf(xml: string): StoredObject[] {
  return [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = ""]) => ({
    name: tagOf(entry, "Key") ?? "",
    size: Number(tagOf(entry, "Size")),
  }));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function tagOf(xml: string, tag: string): string | undefined {
  const text = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
  return text?.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "");
}
