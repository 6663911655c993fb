/** What a definition may expect of the values that Secrets are made from. */
import type { CloudCredential, SecretValues } from "../../types";

/** @throws where the program made no login for the service: an error of the program, not of the user */
export function loginOf(values: SecretValues, service: keyof SecretValues["credentials"]): CloudCredential {
  const login = values.credentials[service];
  if (login === undefined)
    throw new Error(`${service} is enabled, but no login to the cloud was made for it`);
  return login;
}

/** @throws where the access key of the store is not given */
export function storeKeyOf(values: SecretValues): NonNullable<SecretValues["store"]> {
  if (values.store === undefined) throw new Error("backup.store is s3, but no access key of it was given");
  return values.store;
}
