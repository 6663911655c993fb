/** What the cloud controller inside the cluster logs in to OpenStack with: a credential of its own, not the operator's. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { explain, type Cloud } from "./cloud";

/** A credential that was made elsewhere. */
export interface GivenCredential {
  readonly id: string;
  readonly name: string;
  readonly secret: pulumi.Output<string>;
}

/** Arguments of {@link CloudControllerCredential}. */
export interface CloudControllerCredentialArgs {
  readonly cluster: string;
  readonly cloud: Cloud;
  /** Keystone's address. @default the one of the service catalogue */
  readonly authUrl?: string;
  /** Region. @default the one that the program works in */
  readonly region?: string;
  /**
   * Use this one instead of making one: Keystone lets an application credential make another only when it is
   * unrestricted.
   */
  readonly given?: GivenCredential;
}

export class CloudControllerCredential extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** `OS_*` variables, as Kubespray looks them up; secret. */
  readonly environment: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: CloudControllerCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:access:CloudControllerCredential", name, {}, opts);
    const credential = this.credential(name, args);
    this.id = pulumi.output(credential.id);
    const { authUrl, region } = this.whereKeystoneIs(args);
    this.environment = pulumi.secret(
      pulumi
        .all([authUrl, region, credential.id, credential.name, credential.secret])
        .apply(([url, regionName, id, credentialName, secret]): Record<string, string> => ({
          OS_AUTH_URL: url,
          OS_REGION_NAME: regionName,
          // Kubespray refuses id and secret without the name.
          OS_APPLICATION_CREDENTIAL_ID: id,
          OS_APPLICATION_CREDENTIAL_NAME: credentialName,
          OS_APPLICATION_CREDENTIAL_SECRET: secret,
        })),
    );
    this.registerOutputs({ id: this.id });
  }

  private credential(name: string, { given, cluster }: CloudControllerCredentialArgs) {
    if (given !== undefined) {
      const { id, name: credentialName, secret } = given;
      return { id: pulumi.output(id), name: pulumi.output(credentialName), secret };
    }
    return new openstack.identity.ApplicationCredential(
      name,
      { name, description: `Cloud controller of Kubernetes cluster ${cluster}` },
      {
        parent: this,
        additionalSecretOutputs: ["secret"],
        // The name is unique per user.
        deleteBeforeReplace: true,
      },
    );
  }

  private whereKeystoneIs({ cloud, authUrl, region }: CloudControllerCredentialArgs) {
    const options = { parent: this, provider: cloud.provider };
    const lookUp = openstack.identity.getAuthScope({ name: "opencenter" }, options);
    const scope = pulumi.output(explain(lookUp, "the project that the credentials belong to"));
    const found = scope.apply(({ region: own, serviceCatalogs }) => {
      const endpoints = serviceCatalogs.find(({ type }) => type === "identity")?.endpoints ?? [];
      const usable = endpoints.filter((endpoint) => endpoint.interface === "public");
      const wanted = region ?? own;
      const endpoint = usable.find((one) => one.region === wanted) ?? usable[0];
      if (authUrl === undefined && endpoint === undefined)
        throw new pulumi.RunError(
          "The cloud's catalogue names no public address of Keystone for the cloud controller: set openstack.authUrl.",
        );
      return { url: endpoint?.url ?? "", region: wanted || (endpoint?.region ?? "") };
    });
    return {
      authUrl: authUrl === undefined ? found.apply(({ url }) => url) : pulumi.output(authUrl),
      region: found.apply((one) => one.region),
    };
  }
}
