/**
 * The sandbox's Node.js language host: what the Pulumi CLI starts to run programs and policy packs where the official
 * `pulumi-language-nodejs` is out of reach. It speaks the CLI's gRPC protocol and leaves the running to the SDK's own
 * `cmd/run*`. It does not generate code, pack packages or attach debuggers; the CLI is told so (UNIMPLEMENTED).
 */
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Children, ended } from "./children";
import { pluginCommand, programCommand } from "./commands";
import { programDependencies } from "./dependencies";

/** The SDK's runner exits with this after it has shown the user what is wrong; anything more would be noise. */
const EXIT_CODE_ALREADY_REPORTED = 32;
/** A stack's whole configuration arrives in one message; the default of 4 MB is too small for the CLI's own limit. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

const children = new Children();
/** Where the engine listens; the CLI always passes it last. */
const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";
let announced = false;

function announce(): void {
  if (announced) return;
  announced = true;
  console.error(
    "Programs are run by the sandbox's own Node.js language host, a stand-in for pulumi-language-nodejs.",
  );
}

async function run(request: messages.RunRequest, onCancelled: OnCancelled): Promise<messages.RunResponse> {
  announce();
  const child = children.start(programCommand(request, engineAddress), ["ignore", "inherit", "inherit"]);
  onCancelled(() => children.stop(child));
  const { code, signal } = await ended(child);
  const response = new messages.RunResponse();
  if (code === EXIT_CODE_ALREADY_REPORTED) response.setBail(true);
  else if (signal) response.setError(`the program was ended by ${signal}`);
  else if (code !== 0)
    response.setError(`the program exited with code ${code}; what it printed before says why`);
  return response;
}

async function runPlugin(
  call: ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>,
): Promise<void> {
  announce();
  const child = children.start(pluginCommand(call.request), ["ignore", "pipe", "pipe"]);
  const send = (fill: (response: messages.RunPluginResponse) => void) => {
    const response = new messages.RunPluginResponse();
    fill(response);
    // After a cancel nobody listens, and a write would be an error of its own.
    if (!call.cancelled) call.write(response);
  };
  child.stdout?.on("data", (chunk: Buffer) => send((response) => response.setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => send((response) => response.setStderr(chunk)));
  call.on("cancelled", () => children.stop(child));
  const { code } = await ended(child);
  send((response) => response.setExitcode(code ?? 1));
  call.end();
}

function about(): messages.AboutResponse {
  const response = new messages.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  response.getMetadataMap().set("host", "sandbox stand-in");
  return response;
}

function dependencies(
  request: messages.GetProgramDependenciesRequest,
): messages.GetProgramDependenciesResponse {
  const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const found = programDependencies(directory, request.getTransitivedependencies());
  const response = new messages.GetProgramDependenciesResponse();
  response.setDependenciesList(
    found.map(({ name, version }) => {
      const info = new messages.DependencyInfo();
      info.setName(name);
      info.setVersion(version);
      return info;
    }),
  );
  return response;
}

function pluginInfo(): PluginInfo {
  const info = new PluginInfo();
  info.setVersion("0.0.0-sandbox");
  return info;
}

function cancel(): Empty {
  children.stopAll();
  return new Empty();
}

type OnCancelled = (listener: () => void) => void;

/** Turns a function on messages into a gRPC handler; what it throws is what the CLI shows. */
function unary<Request, Response>(
  answer: (request: Request, onCancelled: OnCancelled) => Response | Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    Promise.resolve(call.request)
      .then((request) => answer(request, (listener) => call.on("cancelled", listener)))
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: status.FAILED_PRECONDITION, details: error.message }),
      );
  };
}

const service: UntypedServiceImplementation = {
  handshake: unary(() => new messages.LanguageHandshakeResponse()),
  // No list of packages: every resource names its provider's version, so the engine loads what is used, and a package
  // that is installed but not used needs no plugin.
  getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
  runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),
  getPluginInfo: unary(pluginInfo),
  getProgramDependencies: unary(dependencies),
  about: unary(about),
  run: unary(run),
  runPlugin: (call: ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>) => {
    runPlugin(call).catch((error: Error) =>
      call.emit("error", { code: status.FAILED_PRECONDITION, details: error.message }),
    );
  },
  cancel: unary(cancel),
};

function main(): void {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(LanguageRuntimeService, service);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    // The CLI reads the port from the first line.
    console.log(port);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void children.shutDown(0));
  }
  children.watchParent();
}

main();
