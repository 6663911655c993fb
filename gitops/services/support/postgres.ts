/** Databases that the operator runs for services of the platform. */
import { catalogue } from "../../../config/catalogue";
import type { ServiceName } from "../../../config/services";
import type { Manifest } from "../../types";
import type { ServiceContext } from "../definition";
import { storageClassField } from "./storage";
import { resources } from "./workload";

export const POSTGRES_PORT = 5432;
/** Where the operator asks each member how it is. */
export const PATRONI_PORT = 8008;

export interface Database {
  /** Also the host in the service's namespace. */
  readonly name: string;
  readonly user: string;
  readonly database: string;
  /** For example `10Gi`. */
  readonly size: string;
}

/** Secret that the operator makes, with `username` and `password`. */
export function databaseSecret({ name, user }: Database): string {
  return `${user}.${name}.credentials.postgresql.acid.zalan.do`;
}

export function databaseCluster(context: ServiceContext, service: ServiceName, database: Database): Manifest {
  const { requests, limits } = resources("100m", "256Mi", "1Gi");
  return {
    apiVersion: "acid.zalan.do/v1",
    kind: "postgresql",
    metadata: { name: database.name, namespace: catalogue[service].namespace },
    spec: {
      teamId: service,
      // One on each of two workers: the second takes over while the first is replaced.
      numberOfInstances: 2,
      postgresql: { version: "17" },
      users: { [database.user]: [] },
      databases: { [database.database]: database.user },
      volume: { size: database.size, ...storageClassField(context) },
      resources: { requests, limits: { cpu: "2", ...limits } },
      spiloRunAsUser: 101,
      spiloRunAsGroup: 103,
      spiloFSGroup: 103,
    },
  };
}
