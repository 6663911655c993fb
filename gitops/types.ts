/** What the generated repository is made of. */

/** Content by path relative to the repository, in the order of the paths. */
export type Files = ReadonlyMap<string, string>;

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** An application credential of a component's own. */
export interface CloudCredential {
  readonly authUrl: string;
  readonly region: string;
  readonly id: string;
  readonly secret: string;
}

/** What Secrets in Git are made from; known only while the program runs. */
export interface SecretValues {
  /** Of the components that call the cloud; made by the program where they are enabled. */
  readonly credentials: Readonly<
    Partial<Record<"cinder-csi" | "velero" | "cert-manager" | "openstack-ccm", CloudCredential>>
  >;
  /** Access key of an S3 store, for `backup.store: s3`. */
  readonly store?: { readonly accessKey: string; readonly secretKey: string };
  /** A password that is always the same for the same name, such as `grafana/admin`. */
  password(name: string): string;
}

/** A Secret that goes to Git encrypted. */
export interface SealedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly secret: { readonly name: string; readonly namespace: string; readonly type?: string };
  /** @returns `stringData` of the Secret */
  stringData(values: SecretValues): Readonly<Record<string, string>>;
}
