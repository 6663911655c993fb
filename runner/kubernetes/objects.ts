/** Objects of any kind, by apiVersion and kind: those of Flux, and what has to go before a cluster does. */
import {
  ApiException,
  createConfiguration,
  KubeConfig,
  PatchStrategy,
  ServerConfiguration,
} from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../errors";
import { statusOf, throughProxy } from "./client";
import { type AnyObject, RawObjectApi, REQUEST_LIMIT_MS } from "./rawObjects";

export type { AnyObject };

/** How an object is found. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

const RETRY_MS = 2_000;

const headerOf = ({ apiVersion, kind, name, namespace = "" }: ObjectRef) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});

/** A patch of an object's metadata still has to say which object. */
function patchOf(ref: ObjectRef, change: Readonly<Record<string, unknown>>): AnyObject {
  const header = headerOf(ref);
  return { ...header, ...change, metadata: { ...(change["metadata"] as object), ...header.metadata } };
}

export class ClusterObjects {
  private readonly api: RawObjectApi;
  /** Address of the API, for messages. */
  readonly server: string;

  /** @param kubeconfig with the address to use in it; secret */
  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    throughProxy(config);
    this.server = config.getCurrentCluster()?.server ?? "";
    this.api = new RawObjectApi(
      createConfiguration({
        baseServer: new ServerConfiguration(this.server, {}),
        authMethods: { default: config },
        promiseMiddleware: [
          {
            pre: async (request) => {
              request.setSignal(AbortSignal.timeout(REQUEST_LIMIT_MS));
              return request;
            },
            post: async (answer) => answer,
          },
        ],
      }),
    );
  }

  /** Server-side apply that takes over fields of others. */
  apply(object: AnyObject, fieldManager: string): Promise<void> {
    return this.asked(async () => {
      await this.api.applyRaw(object, fieldManager);
    });
  }

  /** @returns whether it was made; false when an object of this name is there already */
  create(object: AnyObject): Promise<boolean> {
    return this.asked(async () => {
      try {
        await this.api.createRaw(object);
        return true;
      } catch (error) {
        if (statusOf(error) === 409) return false;
        throw error;
      }
    });
  }

  /** As {@link merge}, for kinds whose fields the library would write otherwise, such as the times of a Lease. */
  mergeRaw(ref: ObjectRef, change: Readonly<Record<string, unknown>>): Promise<void> {
    return this.asked(async () => {
      await absent(this.api.mergeRaw(patchOf(ref, change)), undefined);
    });
  }

  /** Nothing when the object, or its kind, is not there. */
  read(ref: ObjectRef): Promise<AnyObject | undefined> {
    return this.asked(() => absent(this.api.read<AnyObject>(headerOf(ref)), undefined));
  }

  /** All of a kind in every namespace; none where the cluster does not know the kind. */
  list(apiVersion: string, kind: string): Promise<readonly AnyObject[]> {
    return this.asked(async () => {
      const { items } = await absent(this.api.list<AnyObject>(apiVersion, kind), { items: [] });
      // Items of a list say neither.
      return items.map((item) => ({ ...item, apiVersion, kind }));
    });
  }

  /** All of a kind in one namespace, exactly as the server has them: what is compared must not be spelled anew. */
  listExact(apiVersion: string, kind: string, namespace: string): Promise<readonly AnyObject[]> {
    return this.asked(async () => {
      const { items } = await absent(this.api.listRaw(apiVersion, kind, namespace), { items: [] });
      return items.map((item) => ({ ...item, apiVersion, kind }));
    });
  }

  /** Merges fields into an object; one that is gone is left alone. */
  merge(ref: ObjectRef, change: Readonly<Record<string, unknown>>): Promise<void> {
    const patch = patchOf(ref, change);
    return this.asked(async () => {
      await absent(
        this.api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch),
        undefined,
      );
    });
  }

  /**
   * Asks for deletion without waiting for it; one that is gone already is fine.
   * @param only this very object, as it was read: one that was changed since, or made anew, stays
   */
  remove(ref: ObjectRef, only?: AnyObject): Promise<void> {
    const { uid, resourceVersion } = only?.metadata ?? {};
    const body = only && { preconditions: { uid, resourceVersion } };
    return this.asked(async () => {
      const answer = this.api.delete(
        headerOf(ref),
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        body,
      );
      try {
        await absent(answer, undefined);
      } catch (error) {
        if (only === undefined || statusOf(error) !== 409) throw error;
      }
    });
  }

  /**
   * Waits until the API answers.
   * @param limitMs how long
   * @throws RunFailure with what it said last
   */
  async answered(limitMs: number, waiting: (reason: string) => void): Promise<void> {
    for (const until = Date.now() + limitMs; ; await sleep(RETRY_MS)) {
      try {
        await this.read({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
        return;
      } catch (error) {
        if (!(error instanceof Unreachable) || Date.now() > until) throw error;
        waiting(error.reason);
      }
    }
  }

  private async asked<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const status = statusOf(error);
      // A server that starts, or whose etcd elects, answers like one that is not there.
      if (status === undefined || status === 429 || status >= 500)
        throw new Unreachable(this.server, reasonOf(error));
      if (status === 401 || status === 403)
        throw new RunFailure(`The Kubernetes API at ${this.server} refuses: ${reasonOf(error)}`, [
          "The kubeconfig in the stack's state is not this cluster's any more: pulumi up reads it again.",
        ]);
      throw error;
    }
  }
}

/** The API gave no answer, or none that means anything yet. */
export class Unreachable extends RunFailure {
  constructor(
    server: string,
    readonly reason: string,
  ) {
    super(`The Kubernetes API at ${server} does not answer: ${reason}`, [
      "access.apiAllowedCidrs must contain the address of the machine that runs pulumi up, and it must resolve the " +
        "endpoint's name; through a proxy, set HTTPS_PROXY.",
    ]);
  }
}

/** What an answer or a failed connection says, in a line. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiException) {
    const body: unknown = error.body;
    const said = typeof body === "object" && body !== null ? (body as { message?: unknown }).message : body;
    return typeof said === "string" && said !== "" ? said.split("\n")[0]! : `status ${error.code}`;
  }
  const line = error instanceof Error ? error.message.split("\n")[0]! : String(error);
  // node-fetch puts the address in front, which is said already.
  return line.split("failed, reason: ").at(-1)!;
}

async function absent<T, U>(answer: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    // The library says so, without a request, of a kind that the cluster does not have.
    const unknownKind =
      error instanceof Error && error.message.startsWith("Unrecognized API version and kind");
    if (statusOf(error) === 404 || unknownKind) return instead;
    throw error;
  }
}
