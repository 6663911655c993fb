/**
 * What the engine sends to a policy pack and @pulumi/policy (1.21) does not hand on: the stack's configuration, and
 * which values are secret. Both are read from the messages as they are decoded.
 */
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type {
  AnalyzeRequest,
  AnalyzerStackConfigureRequest,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";

/** How Pulumi marks values that are more than JSON. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** What was overheard so far. */
export class Wire {
  private readonly paths = new Map<string, ReadonlySet<string>>();

  /** @param onConfiguration is told the stack's configuration before the engine asks for the rules' levels */
  constructor(onConfiguration: (config: ReadonlyMap<string, string>) => void) {
    overhear<AnalyzerStackConfigureRequest>("configureStack", (request) =>
      onConfiguration(new Map(request.getConfigMap().getEntryList())),
    );
    overhear<AnalyzeRequest>("analyze", (request) => this.note(request));
    overhear<AnalyzeStackRequest>("analyzeStack", (request) => {
      for (const resource of request.getResourcesList()) this.note(resource);
    });
  }

  /** Paths of a resource's values that are marked as secret. */
  secretsOf(urn: string): ReadonlySet<string> {
    return this.paths.get(urn) ?? new Set();
  }

  private note(resource: Pick<AnalyzeRequest, "getUrn" | "getProperties">): void {
    this.paths.set(resource.getUrn(), secretPaths(resource.getProperties()?.toJavaScript() ?? {}));
  }
}

/** Paths of everything that is wrapped as a secret; what is below such a path is not looked at any more. */
export function secretPaths(value: unknown, path: readonly string[] = []): Set<string> {
  if (typeof value !== "object" || value === null) return new Set();
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) return new Set([path.join(".")]);
  return new Set(Object.entries(value).flatMap(([key, item]) => [...secretPaths(item, [...path, key])]));
}

interface Method<Request> {
  requestDeserialize: (bytes: Buffer) => Request;
}

function overhear<Request>(method: string, listen: (request: Request) => void): void {
  const service = AnalyzerService as unknown as Record<string, Method<Request> | undefined>;
  const definition = service[method];
  // An older SDK: without configuration the strictest environment applies, and nothing counts as secret.
  if (definition === undefined) return;
  const decode = definition.requestDeserialize;
  definition.requestDeserialize = (bytes) => {
    const request = decode(bytes);
    listen(request);
    return request;
  };
}
