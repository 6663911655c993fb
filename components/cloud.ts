/** The connection to one OpenStack project, and the ids that the plan knows by name. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

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

/** Requests that fail for a passing reason are sent again this often; the provider's own default is never. */
const MAX_RETRIES = 4;

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a configured name is an id: OpenStack takes either, the provider takes them in different fields. */
export function isId(nameOrId: string): boolean {
  return UUID.test(nameOrId);
}

export class Cloud extends pulumi.ComponentResource {
  readonly provider: openstack.Provider;
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
    return openstack.images.getImageOutput({ name, mostRecent: true }, this.invokeOptions()).id;
  }

  private findExternalNetwork(network: string) {
    const query = isId(network) ? { networkId: network } : { name: network };
    const found = openstack.networking.getNetworkOutput({ ...query, external: true }, this.invokeOptions());
    return { id: found.id, name: found.apply((result) => result.name ?? network) };
  }

  private invokeOptions(): pulumi.InvokeOutputOptions {
    return { parent: this, provider: this.provider };
  }
}
