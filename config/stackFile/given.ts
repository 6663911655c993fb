/** Values beside the cluster that only the operator can give, most of them secret. */

interface Given {
  readonly secret: boolean;
  readonly about: string;
}

/** By key in the namespace `opencenter:`. */
export const GIVEN: Readonly<Record<string, Given>> = {
  gitToken: { secret: true, about: "Token for the GitOps repository." },
  gitSshKey: {
    secret: true,
    about: "Private key for the GitOps repository, in OpenSSH format; made where it is not given.",
  },
  backupAccessKey: { secret: true, about: "Access key of the S3 store for backups." },
  backupSecretKey: { secret: true, about: "Secret key of the S3 store for backups." },
  cloudControllerCredentialId: {
    secret: false,
    about: "Id of an application credential for the cloud controller, where the program may not make one.",
  },
  cloudControllerCredentialName: { secret: false, about: "Its name." },
  cloudControllerCredentialSecret: { secret: true, about: "Its secret." },
};
