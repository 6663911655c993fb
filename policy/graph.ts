/** Resources as the rules see them: plain data, with one value for everything that is not known yet. */

/** In place of a value that only exists once the resource does. */
export const UNKNOWN = Symbol("not known before it is made");

export interface Resource {
  /** Such as `openstack:compute/instance:Instance`. */
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  readonly urn: string;
  /** Inputs; for rules about the whole stack also outputs, `id` among them. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Paths of values that are marked as secret, such as `environment.TOKEN`; everything below such a path is too. */
  readonly secrets: ReadonlySet<string>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** Name of the provider's resource; absent for components and providers. */
  readonly provider?: string;
  /** URN of the parent; absent for the stack itself. */
  readonly parent?: string;
  /** Which resources an input was made from; only for rules about the whole stack. */
  readonly uses: Readonly<Record<string, readonly Resource[]>>;
}

/** Short names of the types that rules are about. */
export const TYPE = {
  command: "command:local:Command",
  container: "openstack:objectstorage/container:Container",
  floatingIp: "openstack:networking/floatingIp:FloatingIp",
  instance: "openstack:compute/instance:Instance",
  kubernetes: "pulumi:providers:kubernetes",
  listener: "openstack:loadbalancer/listener:Listener",
  loadBalancer: "openstack:loadbalancer/loadBalancer:LoadBalancer",
  network: "openstack:networking/network:Network",
  openstack: "pulumi:providers:openstack",
  port: "openstack:networking/port:Port",
  privateKey: "tls:index/privateKey:PrivateKey",
  router: "openstack:networking/router:Router",
  rule: "openstack:networking/secGroupRule:SecGroupRule",
  securityGroup: "openstack:networking/secGroup:SecGroup",
  serverGroup: "openstack:compute/serverGroup:ServerGroup",
  stack: "pulumi:pulumi:Stack",
  subnet: "openstack:networking/subnet:Subnet",
  volume: "openstack:blockstorage/volume:Volume",
} as const;

/** A value below a resource's properties; undefined where there is none or it is not known yet. */
export function at(resource: Resource, ...path: string[]): unknown {
  let value: unknown = resource.props;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value === UNKNOWN ? undefined : value;
}

export function text(resource: Resource, ...path: string[]): string | undefined {
  const value = at(resource, ...path);
  return typeof value === "string" ? value : undefined;
}

/** Providers' own inputs travel as text, numbers and booleans too. */
export function number(resource: Resource, ...path: string[]): number | undefined {
  const value = at(resource, ...path);
  const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof parsed === "number" && !Number.isNaN(parsed) ? parsed : undefined;
}

export function isTrue(resource: Resource, ...path: string[]): boolean {
  const value = at(resource, ...path);
  return value === true || value === "true";
}

export function list(resource: Resource, ...path: string[]): readonly unknown[] {
  const value = at(resource, ...path);
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Whether anything was given, known or not. */
export function isGiven(resource: Resource, key: string): boolean {
  const value = resource.props[key];
  return (
    value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)
  );
}

/** Every value with its path; what is not given or not known is left out. */
export function leaves(value: unknown, path: readonly string[] = []): { path: string; value: unknown }[] {
  if (value === UNKNOWN || value === undefined || value === null) return [];
  if (typeof value !== "object") return [{ path: path.join("."), value }];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** Whether a value, or something that it is part of, is marked as secret. */
export function isSecret({ secrets }: Resource, path: string): boolean {
  const parts = path.split(".");
  return parts.some((_, index) => secrets.has(parts.slice(0, index + 1).join(".")));
}

/** The machines' roles and pools are in their metadata. */
export function roleOf(instance: Resource): string | undefined {
  return text(instance, "metadata", "opencenter-role");
}

export function poolOf(instance: Resource): string | undefined {
  return text(instance, "metadata", "opencenter-pool");
}

export function ofType(resources: readonly Resource[], type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** Servers of the cluster, the bastion left out, by pool. */
export function pools(resources: readonly Resource[]): Map<string, Resource[]> {
  const found = new Map<string, Resource[]>();
  for (const instance of ofType(resources, TYPE.instance)) {
    const pool = poolOf(instance);
    if (pool !== undefined) found.set(pool, [...(found.get(pool) ?? []), instance]);
  }
  return found;
}
