/** The connection to one OpenStack project, and the ids that the plan knows by name. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Arguments of {@link Cloud}. */
export interface CloudArgs {
  /** Entry of clouds.yaml. Without it the provider reads `OS_*` variables, which keeps credentials out of the state. */
  readonly cloud?: string;
  /** Address of Keystone. @default the one of the clouds.yaml entry */
  readonly authUrl?: string;
  /** Region. @default the one of the clouds.yaml entry */
  readonly region?: string;
  /** CA certificate of the cloud's API, in PEM form. @default the system's trust store */
  readonly caCertificate?: string;
  /** Name or id of the external network. */
  readonly externalNetwork: string;
}

/** Requests whose connection breaks are sent again this often; the provider's own default is never. */
const MAX_RETRIES = 4;

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a configured name is an id: OpenStack takes either, the provider takes them in different fields. */
export function isId(nameOrId: string): boolean {
  return UUID.test(nameOrId);
}

export class Cloud extends pulumi.ComponentResource {
  readonly provider: openstack.Provider;
  /** Makes keys. Explicit like the other, because stacks switch default providers off. */
  readonly keys: tls.Provider;
  /** The external network: routers take its id, floating IPs its name. */
  readonly externalNetwork: { readonly id: pulumi.Output<string>; readonly name: pulumi.Output<string> };

  private readonly images = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: CloudArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:cloud:Cloud", name, {}, opts);
    this.provider = new openstack.Provider(
      `${name}-openstack`,
      {
        cloud: args.cloud,
        authUrl: args.authUrl,
        region: args.region,
        cacertFile: args.caCertificate,
        maxRetries: MAX_RETRIES,
      },
      { parent: this },
    );
    this.keys = new tls.Provider(`${name}-tls`, {}, { parent: this });
    this.externalNetwork = this.findExternalNetwork(args.externalNetwork);
    this.registerOutputs({});
  }

  /** Id of an image given by name or id; each name is looked up once. */
  imageId(image: string): pulumi.Output<string> {
    const known = this.images.get(image);
    if (known !== undefined) return known;
    const id = isId(image) ? pulumi.output(image) : this.findImage(image);
    this.images.set(image, id);
    return id;
  }

  private findImage(name: string): pulumi.Output<string> {
    const image = openstack.images.getImage({ name, mostRecent: true }, this.invokeOptions());
    return pulumi.output(explain(image, `the image ${name}`)).id;
  }

  private findExternalNetwork(network: string) {
    const query = isId(network) ? { networkId: network } : { name: network };
    const result = openstack.networking.getNetwork({ ...query, external: true }, this.invokeOptions());
    const found = pulumi.output(explain(result, `the external network ${network}`));
    return { id: found.id, name: found.apply(({ name }) => name ?? network) };
  }

  private invokeOptions(): pulumi.InvokeOptions {
    return { parent: this, provider: this.provider };
  }
}

/** A look-up that fails is the cloud's word on the configuration or the credentials: no stack trace helps with that. */
export async function explain<T>(lookUp: Promise<T>, what: string): Promise<T> {
  try {
    return await lookUp;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(
      `Cannot look up ${what} in the cloud: ${reason}\n` +
        "Check credentials and names with: npx opencenter validate <stack> --online",
    );
  }
}
