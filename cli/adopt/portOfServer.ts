/**
 * The one thing that an import cannot read. Nova does not say which port a server was made with; a state without it
 * differs from a program with it, in a property that replaces the server. Neutron does say it, so it is written in.
 */

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface Deployment {
  readonly deployment: { readonly resources?: readonly Resource[] };
}

type Nic = Readonly<Record<string, unknown>>;

const INSTANCE = "openstack:compute/instance:Instance";
const PORT = "openstack:networking/port:Port";

function nics(properties: Resource["inputs"]): readonly Nic[] {
  const networks = properties?.["networks"];
  return Array.isArray(networks) ? (networks as Nic[]) : [];
}

const hasNoPort = ({ port }: Nic) => port === undefined || port === null || port === "";

function completed(server: Resource, port: string): Resource {
  const [inputs, outputs] = [nics(server.inputs), nics(server.outputs)];
  return {
    ...server,
    inputs: { ...server.inputs, networks: [{ ...inputs[0], port }] },
    outputs: { ...server.outputs, networks: [{ ...outputs[0], port }] },
  };
}

/**
 * @param exported state of a stack
 * @returns the state with the ports of imported servers, or nothing where none lacks its own. Only a server with one
 *   network and one port of its own in the state: of others nobody can tell which is which.
 */
export function withPortsOfServers(exported: string): string | undefined {
  const state = JSON.parse(exported) as Deployment;
  const resources = state.deployment.resources ?? [];
  let changed = false;
  const all = resources.map((server) => {
    if (server.type !== INSTANCE || nics(server.outputs).length !== 1) return server;
    if (!nics(server.outputs).every(hasNoPort)) return server;
    const ports = resources.filter(
      ({ type, parent, outputs }) =>
        type === PORT && parent === server.parent && outputs?.["deviceId"] === server.id,
    );
    const [port] = ports;
    if (ports.length !== 1 || port?.id === undefined) return server;
    changed = true;
    return completed(server, port.id);
  });
  if (!changed) return undefined;
  return JSON.stringify({ ...state, deployment: { ...state.deployment, resources: all } });
}

/** Those that the stack has from an import, and that no run of the program has confirmed yet. */
export function unconfirmed(exported: string, urns: ReadonlySet<string>): string[] {
  const { deployment } = JSON.parse(exported) as {
    deployment: { resources?: readonly (Resource & { propertyDependencies?: object })[] };
  };
  // A program says for each of its inputs what it depends on; an import knows nothing of that.
  return (deployment.resources ?? [])
    .filter(({ urn, propertyDependencies }) => urns.has(urn) && propertyDependencies === undefined)
    .map(({ urn }) => urn);
}
