/**
 * The provider as the engine's gRPC service. Not over the SDK's server for providers, as the other stand-ins: that one
 * keeps the configuration from the provider, and knows neither previews nor which path of an object changed.
 */
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { CheckFailure as Failure } from "@pulumi/pulumi/provider";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "../shared";
import { configurationDiff, configurationProblems } from "./configuration";
import { printPath } from "./diff";
import { KUBERNETES_VERSION, type KubernetesStandIn, type ObjectDiff, ONLY, type Versions } from "./provider";

/** Certificates and manifests in ConfigMaps: the default of 4 MB is too small for the engine's own limit. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
const DETAILS = {
  add: [ADD, ADD_REPLACE],
  delete: [DELETE, DELETE_REPLACE],
  update: [UPDATE, UPDATE_REPLACE],
} as const;

/** @returns the port on 127.0.0.1 */
export function serve(standIn: KubernetesStandIn): Promise<number> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, { ...providerService(standIn), ...resourceService(standIn) });
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}

function providerService(standIn: KubernetesStandIn): UntypedServiceImplementation {
  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(KUBERNETES_VERSION)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    attach: unary(() => new Empty()),
    checkConfig: unary((request: messages.CheckRequest) =>
      checkResponse(properties(request.getNews()), configurationProblems(properties(request.getNews()))),
    ),
    diffConfig: unary((request: messages.DiffRequest) => {
      const olds = properties(request.getOldInputs() ?? request.getOlds());
      const { diffs, replaces } = configurationDiff(olds, properties(request.getNews()));
      const response = new messages.DiffResponse().setDiffsList(diffs).setReplacesList(replaces);
      return response.setChanges(diffs.length > 0 ? DIFF_SOME : DIFF_NONE);
    }),
    configure: unary((request: messages.ConfigureRequest) => {
      standIn.configure(properties(request.getArgs()));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: unary((request: messages.InvokeRequest) => {
      throw ONLY.refusal(request.getTok());
    }),
    construct: unary((request: messages.ConstructRequest) => {
      throw ONLY.refusal(request.getType());
    }),
    cancel: unary(() => {
      standIn.cancel();
      return new Empty();
    }),
  };
}

function resourceService(standIn: KubernetesStandIn): UntypedServiceImplementation {
  return {
    check: unary(async (request: messages.CheckRequest) => {
      const [olds, news] = [properties(request.getOlds()), properties(request.getNews())];
      const result = await standIn.check(request.getUrn(), olds, news, request.getRandomseed_asU8());
      return checkResponse(result.inputs as Properties, result.failures ?? []);
    }),
    diff: unary((request: messages.DiffRequest) =>
      diffResponse(standIn.diff(request.getUrn(), versionsOf(request))),
    ),
    create: unary(async (request: messages.CreateRequest) => {
      const inputs = properties(request.getProperties());
      const created = await standIn.create(request.getUrn(), inputs, request.getPreview());
      return new messages.CreateResponse()
        .setId(created.id)
        .setProperties(struct(created.outs as Properties));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const [state, inputs] = [properties(request.getProperties()), properties(request.getInputs())];
      const result = await standIn.read(request.getUrn(), request.getId(), state, inputs);
      const response = new messages.ReadResponse();
      // Without an id: the resource is gone.
      if (result === undefined) return response;
      response.setId(result.id!).setProperties(struct(result.props as Properties));
      return response.setInputs(struct(result.inputs as Properties));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const versions = versionsOf(request);
      const outs = await standIn.update(request.getUrn(), request.getId(), versions, request.getPreview());
      return new messages.UpdateResponse().setProperties(struct(outs));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await standIn.delete(request.getUrn(), request.getId(), request.getTimeout());
      return new Empty();
    }),
  };
}

/** Turns a function on messages into a gRPC handler; what it throws is what the user sees. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: status.UNKNOWN, details: error.message }),
      );
  };
}

function checkResponse(inputs: Properties, failures: readonly Failure[]): messages.CheckResponse {
  const list = failures.map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(struct(inputs)).setFailuresList(list);
}

function diffResponse({ changes, deleteBeforeReplace }: ObjectDiff): messages.DiffResponse {
  const response = new messages.DiffResponse();
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE).setHasdetaileddiff(true);
  response.setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => printPath(path)));
  response.setDeletebeforereplace(deleteBeforeReplace);
  for (const { path, kind, replaces } of changes) {
    const [inPlace, replacing] = DETAILS[kind];
    const detail = new messages.PropertyDiff().setKind(replaces ? replacing : inPlace);
    // What is deleted shows only among the inputs: of the outputs there may be more than the program ever wrote.
    detail.setInputdiff(kind === "delete");
    response.getDetaileddiffMap().set(printPath(path), detail);
  }
  return response;
}

function versionsOf(request: messages.DiffRequest | messages.UpdateRequest): Versions {
  return {
    olds: properties(request.getOlds()),
    oldInputs: properties(request.getOldInputs()),
    news: properties(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function properties(message: Struct | undefined): Properties {
  return withoutNothing(message?.toJavaScript() ?? {}) as Properties;
}

function struct(values: Properties): Struct {
  return Struct.fromJavaScript(withoutNothing(values) as Record<string, JavaScriptValue>);
}

/** Null and undefined mean the same to Pulumi: not there. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNothing(inner)]));
}
