/** Requests for objects of any kind as they are written: the library's own turn them into its models first. */
import {
  ApiException,
  HttpMethod,
  KubernetesObjectApi,
  type KubernetesObject,
  PatchStrategy,
} from "@kubernetes/client-node";

/** What every object has, and whatever else it may have. */
export interface AnyObject extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Of one request. The library knows none: a connection that a firewall dropped would be waited for for ever. */
export const REQUEST_LIMIT_MS = 30_000;

/** The library's own patch turns objects into its models first, and drops what these spell otherwise: half of a CRD. */
export class RawObjectApi extends KubernetesObjectApi {
  applyRaw(object: AnyObject, fieldManager: string): Promise<unknown> {
    const query = { fieldManager, force: "true" };
    return this.raw("patch", HttpMethod.PATCH, object, PatchStrategy.ServerSideApply, query);
  }

  createRaw(object: AnyObject): Promise<unknown> {
    return this.raw("create", HttpMethod.POST, object, "application/json");
  }

  mergeRaw(object: AnyObject): Promise<unknown> {
    return this.raw("patch", HttpMethod.PATCH, object, PatchStrategy.MergePatch);
  }

  /** As the server has them: the library's models spell fields otherwise, and add empty ones. */
  async listRaw(apiVersion: string, kind: string, namespace: string): Promise<{ items: AnyObject[] }> {
    const path = await this.specUriPath({ apiVersion, kind, metadata: { namespace } }, "list");
    const request = this.configuration.baseServer.makeRequestContext(path, HttpMethod.GET);
    request.setHeaderParam("Accept", "application/json");
    request.setSignal(AbortSignal.timeout(REQUEST_LIMIT_MS));
    await this.configuration.authMethods.default?.applySecurityAuthentication(request);
    const answer = await this.configuration.httpApi.send(request).toPromise();
    const text = await answer.body.text();
    if (answer.httpStatusCode >= 400)
      throw new ApiException(answer.httpStatusCode, "", messageOf(text), answer.headers);
    return JSON.parse(text) as { items: AnyObject[] };
  }

  private async raw(
    action: "create" | "patch",
    method: HttpMethod,
    object: AnyObject,
    type: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const path = await this.specUriPath(object, action);
    const request = this.configuration.baseServer.makeRequestContext(path, method);
    request.setHeaderParam("Accept", "application/json");
    request.setHeaderParam("Content-Type", type);
    for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
    request.setBody(JSON.stringify(object));
    return this.requestPromise(request);
  }
}

/** What the library's own requests put into their errors: the answer, parsed. */
function messageOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
