/** What a program inside the cluster logs in to OpenStack with: a credential of its own, not the operator's. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { generationName } from "../plan/serviceCredentials";
import { explain, type Cloud } from "./cloud";

/** A credential that was made elsewhere. */
export interface GivenCredential {
  readonly id: string;
  readonly name: string;
  readonly secret: pulumi.Output<string>;
}

export interface CredentialRotation {
  readonly generations: readonly number[];
  /** One of them. */
  readonly active: number;
}

const FIRST_ONLY: CredentialRotation = { generations: [1], active: 1 };

/** Arguments of {@link ApplicationCredential}. */
export interface ApplicationCredentialArgs {
  /** Whose it is, for people who list credentials: `Cloud controller of Kubernetes cluster prod`. */
  readonly description: string;
  readonly cloud: Cloud;
  /** Which credentials there are, and which of them is the login: in a rotation two overlap. @default one, the first */
  readonly rotation?: CredentialRotation;
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

/** A login with an application credential. */
export interface CloudLogin {
  /** Keystone's address. */
  readonly authUrl: string;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

/** `OS_*` variables, as Kubespray looks them up. */
export function loginVariables({ authUrl, region, id, name, secret }: CloudLogin): Record<string, string> {
  return {
    OS_AUTH_URL: authUrl,
    OS_REGION_NAME: region,
    // Kubespray refuses id and secret without the name.
    OS_APPLICATION_CREDENTIAL_ID: id,
    OS_APPLICATION_CREDENTIAL_NAME: name,
    OS_APPLICATION_CREDENTIAL_SECRET: secret,
  };
}

export class ApplicationCredential extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Everything that a login needs; secret. */
  readonly login: pulumi.Output<CloudLogin>;

  constructor(name: string, args: ApplicationCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:access:ApplicationCredential", name, {}, opts);
    const credential = this.credential(name, args);
    this.id = pulumi.output(credential.id);
    const { authUrl, region } = this.whereKeystoneIs(args);
    const { id, name: credentialName, secret } = credential;
    this.login = pulumi.secret(pulumi.output({ authUrl, region, id, name: credentialName, secret }));
    this.registerOutputs({ id: this.id });
  }

  private credential(name: string, { given, description, rotation = FIRST_ONLY }: ApplicationCredentialArgs) {
    if (given !== undefined) {
      const { id, name: credentialName, secret } = given;
      return { id: pulumi.output(id), name: pulumi.output(credentialName), secret };
    }
    const { generations, active } = rotation;
    const made = new Map(
      generations.map((one) => [one, this.make(generationName(name, one), description)] as const),
    );
    const login = made.get(active);
    if (login !== undefined) return login;
    throw new pulumi.RunError(
      `Generation ${active} of ${name} is active, and not one of ${generations.join(", ")}.`,
    );
  }

  private make(name: string, description: string): openstack.identity.ApplicationCredential {
    return new openstack.identity.ApplicationCredential(
      name,
      { name, description },
      {
        parent: this,
        additionalSecretOutputs: ["secret"],
        // The name is unique per user.
        deleteBeforeReplace: true,
      },
    );
  }

  private whereKeystoneIs({ cloud, authUrl, region }: ApplicationCredentialArgs) {
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
          "The cloud's catalogue names no public address of Keystone for the programs in the cluster: set openstack.authUrl.",
        );
      return { url: endpoint?.url ?? "", region: wanted || (endpoint?.region ?? "") };
    });
    return {
      authUrl: authUrl === undefined ? found.apply(({ url }) => url) : pulumi.output(authUrl),
      region: found.apply((one) => one.region),
    };
  }
}
