/** The few requests to the Kubernetes API that the stand-in makes. */
import { createConfiguration, HttpMethod, PatchStrategy, ServerConfiguration } from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import type { Properties } from "../shared";
import { type Configuration, kubeConfigOf } from "./configuration";
import { idOf, metadataOf, type Ref } from "./objects";

/** The library waits for ever for a connection that a firewall dropped. */
const REQUEST_LIMIT_MS = 30_000;
const DELETE_LIMIT_SECONDS = 300;
const POLL_MS = 500;
/**
 * Whose changes an apply takes back without being forced, as in the official provider: people with kubectl, and what was
 * there before anybody applied.
 */
const GIVES_WAY = /^(kubectl|before-first-apply)/;

const RESOURCES = { ConfigMap: "configmaps", Namespace: "namespaces", Secret: "secrets" } as const;

/** The server gave no answer at all. */
export class Unreachable extends Error {}

/** The server answered no. */
class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Who owns fields that an apply would change. */
    readonly owners: readonly string[],
  ) {
    super(message);
  }
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { reason?: string; message?: string }[] };
}

export class Cluster {
  private readonly config;
  private readonly http;
  /** Address of the API. */
  readonly server: string;

  /**
   * @param cancelled when the engine was interrupted
   * @throws Error without a kubeconfig that can be used
   */
  constructor(
    configuration: Configuration,
    private readonly cancelled: AbortSignal,
  ) {
    this.config = kubeConfigOf(configuration);
    this.server = this.config.getCurrentCluster()!.server;
    this.http = createConfiguration({
      baseServer: new ServerConfiguration(this.server, {}),
      authMethods: { default: this.config },
    });
  }

  /** @returns false when the server does not answer */
  async answers(): Promise<boolean> {
    try {
      await this.send(HttpMethod.GET, "/version");
      return true;
    } catch (error) {
      if (error instanceof Unreachable) return false;
      throw error;
    }
  }

  /** @returns undefined when there is none */
  read(ref: Ref): Promise<Properties | undefined> {
    return this.about(ref, () => unlessGone(this.send(HttpMethod.GET, pathOf(ref))));
  }

  /**
   * Server-side apply.
   *
   * @param manager the same each time: the fields that it set before, and does not any more, go
   * @param force takes fields away from whoever owns them
   */
  apply(ref: Ref, object: Properties, manager: string, force: boolean): Promise<Properties> {
    const request = (forced: boolean) =>
      this.send(HttpMethod.PATCH, pathOf(ref), { fieldManager: manager, force: String(forced) }, object);
    return this.about(ref, async () => {
      try {
        return await request(force);
      } catch (error) {
        const owners = error instanceof Refused ? error.owners : [];
        if (owners.length === 0 || !owners.every((owner) => GIVES_WAY.test(owner))) throw error;
        return await request(true);
      }
    });
  }

  /** Deletes, and waits until it is gone; one that is gone already is fine. */
  async remove(ref: Ref, limitSeconds = DELETE_LIMIT_SECONDS): Promise<void> {
    const before = await this.read(ref);
    if (before === undefined) return;
    // The official provider's default is Foreground, which ends only where a garbage collector runs: a sandbox without
    // the controller manager has none, and nothing belongs to objects of these kinds.
    const options = { propagationPolicy: "Background" };
    await this.about(ref, () => unlessGone(this.send(HttpMethod.DELETE, pathOf(ref), {}, options)));
    const { uid } = metadataOf(before);
    for (
      const until = Date.now() + limitSeconds * 1000;
      ;
      await sleep(POLL_MS, undefined, { signal: this.cancelled })
    ) {
      const live = await this.read(ref);
      // Another uid: somebody made it again, and that one is not ours to wait for.
      if (live === undefined || metadataOf(live).uid !== uid) return;
      if (Date.now() < until) continue;
      const left = finalizersOf(live).join(", ") || "none";
      throw new Error(
        `${nameOf(ref)} at ${this.server} is still there ${limitSeconds} s after its deletion (finalizers: ${left}). ` +
          `See that the controllers run that take these away, then try again.`,
      );
    }
  }

  private async send(
    method: HttpMethod,
    path: string,
    query: Record<string, string> = {},
    body?: Properties,
  ) {
    const request = this.http.baseServer.makeRequestContext(path, method);
    request.setHeaderParam("Accept", "application/json");
    for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
    if (body !== undefined) {
      const isPatch = method === HttpMethod.PATCH;
      request.setHeaderParam("Content-Type", isPatch ? PatchStrategy.ServerSideApply : "application/json");
      request.setBody(JSON.stringify(body));
    }
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
    request.setSignal(AbortSignal.any([limit, this.cancelled]));
    let answer;
    try {
      await this.http.authMethods.default!.applySecurityAuthentication(request);
      const response = await this.http.httpApi.send(request).toPromise();
      answer = { status: response.httpStatusCode, text: await response.body.text() };
    } catch (error) {
      if (this.cancelled.aborted) throw new Error("interrupted", { cause: error });
      throw new Unreachable(limit.aborted ? `nothing within ${REQUEST_LIMIT_MS / 1000} s` : reasonOf(error));
    }
    const content = parsed(answer.text);
    if (answer.status < 400) return content;
    const { message = "", details } = content as Status;
    const conflicts = details?.causes?.filter(({ reason }) => reason === "FieldManagerConflict") ?? [];
    const owners = conflicts.map((cause) => /^conflict with "([^"]+)"/.exec(cause.message ?? "")?.[1] ?? "");
    throw new Refused(answer.status, message.replaceAll("\n", " ") || `status ${answer.status}`, owners);
  }

  /** Errors in one line that says which object, which server, and what to do. */
  private async about<T>(ref: Ref, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const { message } = error as Error;
      const place = `${nameOf(ref)}: the Kubernetes API at ${this.server}`;
      if (error instanceof Unreachable)
        throw new Unreachable(
          `${place} does not answer (${message}). Make it reachable, if need be through HTTPS_PROXY; if the cluster is ` +
            `gone for good, set PULUMI_K8S_DELETE_UNREACHABLE=true for this one run.`,
        );
      if (error instanceof Refused) throw new Error(`${place} refuses: ${message}${adviceOn(error)}`);
      throw error;
    }
  }
}

function adviceOn({ status, owners }: Refused): string {
  if (owners.length > 0)
    return `. Let ${[...new Set(owners)].join(", ")} give these fields up, or set enablePatchForce on the provider.`;
  if (status === 401 || status === 403)
    return ". The provider's kubeconfig has no right to do this any more.";
  return "";
}

/** A Namespace has its own in its spec: they stand for all that is in it. */
function finalizersOf(object: Properties): readonly string[] {
  const { finalizers = [] } = (object.spec ?? {}) as { finalizers?: readonly string[] };
  return [...(metadataOf(object).finalizers ?? []), ...finalizers];
}

export function nameOf(ref: Ref): string {
  return `${ref.kind} ${idOf(ref)}`;
}

function pathOf({ kind, namespace, name }: Ref): string {
  const scope = namespace === "" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/api/v1${scope}/${RESOURCES[kind]}/${encodeURIComponent(name)}`;
}

async function unlessGone(answer: Promise<Properties>): Promise<Properties | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

/** Proxies and load balancers answer with pages. */
function parsed(text: string): Properties {
  try {
    return JSON.parse(text) as Properties;
  } catch {
    return {};
  }
}

/** The HTTP client puts the whole address first; that of a list of addresses has no message at all. */
function reasonOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  const reason = message.split("reason: ").at(-1)!.split("\n")[0]!;
  return reason || code || "no connection";
}
