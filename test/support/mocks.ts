/**
 * A Pulumi engine in memory: runs a program against it and tells what was registered, with which options, in a form
 * that assertions can read. It stands behind `pulumi.runtime.setMocks` and reads the registration requests
 * themselves, because mocks see neither options nor what they are after inheritance and expansion.
 */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { computedState, lookUp } from "./mockState";

export const PROJECT = "opencenter";
export const STACK = "test";
export const ORGANIZATION = "operators";

/** A resource as the engine got it.  */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** Inputs with secrets unwrapped. */
  readonly inputs: Record<string, any>;
  /** Paths of the inputs that are secret: `userData`, `metadata.token`. */
  readonly secretInputs: readonly string[];
  /** URN of the parent. */
  readonly parent?: string;
  /** URN of the provider; absent for one that the engine would make from the environment. */
  readonly provider?: string;
  /** URNs, from `dependsOn` with components expanded and from inputs. */
  readonly dependencies: readonly string[];
  readonly deletedWith?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: number;
  /** Outputs that a component registered or the cloud computed, and which of them are secret; absent before. */
  outputs?: Record<string, any>;
  secretOutputs?: readonly string[];
}

/** A look-up in the cloud. */
export interface Call {
  readonly token: string;
  readonly inputs: Record<string, any>;
  readonly provider: string;
}

/** The fields of a registration request that are read here; the SDK does not export its type. */
interface Request {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletedwith(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getAliasesList(): unknown[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

type Callback = (error: Error | null, response: unknown) => void;

interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: Request, callback: Callback): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, callback: Callback): void;
}

/** Takes the wrappers off secrets, at any depth, and notes where they were. */
function unwrap(value: unknown, path = "", secrets: string[] = []): unknown {
  if (pulumi.runtime.isRpcSecret(value)) {
    secrets.push(path);
    return unwrap(pulumi.runtime.unwrapRpcSecret(value), path, secrets);
  }
  const inside = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((item, index) => unwrap(item, inside(index), secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unwrap(item, inside(key), secrets)]),
  );
}

function unwrapObject(object: Record<string, unknown> | undefined) {
  const secrets: string[] = [];
  return { plain: unwrap(object ?? {}, "", secrets) as Record<string, any>, secrets };
}

function toRegistered(request: Request, urn: string): Registered {
  const { plain, secrets } = unwrapObject(request.getObject()?.toJavaScript());
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: plain,
    secretInputs: secrets,
    parent: request.getParent() || undefined,
    // The request has the provider's URN and id.
    provider: request.getProvider().replace(/::[^:]*$/, "") || undefined,
    dependencies: request.getDependenciesList(),
    deletedWith: request.getDeletedwith() || undefined,
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: request.getAliasesList().length,
  };
}

/** What a program registered, and what it returned. */
export class Deployment<T> {
  constructor(
    readonly result: T,
    readonly resources: readonly Registered[],
    readonly calls: readonly Call[],
  ) {}

  /** In the order of their names. */
  ofType(type: string): Registered[] {
    return this.resources.filter((resource) => resource.type === type).sort(byName);
  }

  /** The one resource of a type, or the one of that name. */
  only(type: string, name?: string): Registered {
    const found = this.ofType(type).filter((resource) => name === undefined || resource.name === name);
    const [resource] = found;
    assert.ok(
      found.length === 1 && resource !== undefined,
      `${found.length} resources instead of one of type ${type}${name === undefined ? "" : ` named ${name}`}`,
    );
    return resource;
  }

  withUrn(urn: string | undefined): Registered {
    const found = this.resources.find((resource) => resource.urn === urn);
    assert.ok(found, `nothing has the URN ${urn}`);
    return found;
  }

  /** Names of what a resource waits for, sorted. */
  waitsFor(resource: Registered): string[] {
    return resource.dependencies.map((urn) => this.withUrn(urn).name).sort();
  }

  /** Everything below a component, at any depth. */
  below(name: string): Registered[] {
    const root = this.resources.find((resource) => resource.name === name && !resource.custom);
    assert.ok(root, `no component is named ${name}`);
    const isBelow = ({ parent }: Registered): boolean =>
      parent !== undefined && (parent === root.urn || isBelow(this.withUrn(parent)));
    return this.resources.filter(isBelow).sort(byName);
  }
}

function byName(a: Registered, b: Registered): number {
  const [first, second] = a.name === b.name ? [a.type, b.type] : [a.name, b.name];
  return first < second ? -1 : 1;
}

/** The engine's own look-up of what a stack's last run left. */
const READ_STACK_OUTPUTS = "pulumi:pulumi:readStackOutputs";
const READ_STACK_RESOURCES = "pulumi:pulumi:readStackResourceOutputs";

/** How a program is run. */
export interface Settings {
  /** @default false */
  readonly preview?: boolean;
  /** What the last run of the stack left. @default nothing */
  readonly stackOutputs?: Readonly<Record<string, unknown>>;
  /** Types of what is in the stack's state, by URN. @default nothing */
  readonly stackResources?: Readonly<Record<string, { readonly type: string; readonly outputs?: object }>>;
  /** Called when a resource is about to be made: all its inputs are known by then. */
  readonly onRegistration?: (resource: Registered) => void;
}

/** The engine's side of one run. */
class Engine {
  readonly resources: Registered[] = [];
  readonly calls: Call[] = [];
  readonly errors: Error[] = [];
  private current?: Registered;

  constructor(private readonly settings: Settings) {}

  readonly mocks: pulumi.runtime.Mocks = {
    newResource: ({ custom, inputs }) => {
      const resource = this.current;
      assert.ok(resource);
      this.settings.onRegistration?.(resource);
      // In a preview nothing exists, so nothing is known but what the program says itself.
      if (!custom || this.settings.preview === true) return { id: "", state: inputs };
      const { id, state } = computedState(resource);
      resource.outputs = { ...state };
      resource.secretOutputs = resource.additionalSecretOutputs;
      // The engine does this with what the SDK names; mocks do not.
      for (const key of resource.additionalSecretOutputs) {
        if (key in state) state[key] = pulumi.secret(state[key]);
      }
      return { id, state: { ...inputs, ...state } };
    },
    call: ({ token, inputs, provider }) => {
      this.calls.push({ token, inputs, provider: (provider ?? "").replace(/::[^:]*$/, "") });
      if (token === READ_STACK_OUTPUTS) return { ...inputs, outputs: this.settings.stackOutputs ?? {} };
      if (token === READ_STACK_RESOURCES) return { ...inputs, outputs: this.settings.stackResources ?? {} };
      return lookUp(token, inputs);
    },
  };

  attach(monitor: Monitor): void {
    // The SDK's mocks put only the direct parent's type into a URN; the engine puts all of them.
    monitor.newUrn = (parent, type, name) => {
      const qualified = parent === "" ? type : `${parent.split("::")[2]}$${type}`;
      return ["urn:pulumi:" + STACK, PROJECT, qualified, name].join("::");
    };
    const register = monitor.registerResource.bind(monitor);
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResource = (request, callback) => {
      const urn = monitor.newUrn(request.getParent(), request.getType(), request.getName());
      if (this.resources.some((resource) => resource.urn === urn))
        this.errors.push(new Error(`Duplicate resource URN ${urn}`));
      this.current = toRegistered(request, urn);
      this.resources.push(this.current);
      // Calls newResource before it returns for the first time, so `current` is still this one.
      return register(request, this.watched(callback));
    };
    monitor.registerResourceOutputs = (request, callback) => {
      const { plain, secrets } = unwrapObject(request.getOutputs()?.toJavaScript());
      const resource = this.resources.find(({ urn }) => urn === request.getUrn());
      if (resource !== undefined) Object.assign(resource, { outputs: plain, secretOutputs: secrets });
      registerOutputs(request, this.watched(callback));
    };
  }

  private watched(callback: Callback): Callback {
    return (error, response) => {
      if (error !== null) this.errors.push(error);
      callback(error, response);
    };
  }
}

/**
 * The SDK reads the stack of an empty error for every resource and every promise, which takes two thirds of a test's
 * time. Errors that say something keep theirs.
 */
async function withoutEmptyStacks<T>(action: () => Promise<T>): Promise<T> {
  const previous = Error.prepareStackTrace?.bind(Error);
  Error.prepareStackTrace = (error, frames) =>
    error.message === "" ? "" : [String(error), ...frames].join("\n    at ");
  try {
    return await action();
  } finally {
    Error.prepareStackTrace = previous;
  }
}

/**
 * Runs a program to its end. An error in a registration or a look-up fails it: without this, Pulumi's outputs would
 * just never resolve and the assertions behind them never run.
 */
export async function deploy<T>(program: () => T, settings: Settings = {}): Promise<Deployment<Awaited<T>>> {
  const engine = new Engine(settings);
  await pulumi.runtime.setMocks(engine.mocks, PROJECT, STACK, settings.preview, ORGANIZATION);
  engine.attach(pulumi.runtime.getMonitor() as unknown as Monitor);
  const result = await withoutEmptyStacks(async () => {
    const made = program();
    await pulumi.runtime.disconnect();
    return await made;
  });
  assert.deepEqual(engine.errors, [], "errors of the engine");
  return new Deployment(result, engine.resources, engine.calls);
}

const TIMEOUT_MS = 5000;

/** The value of an output. Fails when it is not known in time: unknown outputs never resolve. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the output has no value")), TIMEOUT_MS);
    output.apply((result) => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}

/** Whether an output has a value; in a preview, ids and what follows from them have none. */
export function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}
