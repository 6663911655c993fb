/** The cloud's objects, each collection asked for once. */
import type { OpenStackClient } from "../cloud/client";
import { kindFor } from "./kinds";
import type { CloudObject } from "./types";

export class Catalogue {
  private readonly lists = new Map<string, Promise<readonly CloudObject[]>>();

  constructor(private readonly cloud: Pick<OpenStackClient, "has" | "service">) {}

  /** All objects of a type in this project; none where the cloud has no such service. */
  list(type: string): Promise<readonly CloudObject[]> {
    const { service, path, key } = kindFor(type);
    return this.once(`${service} ${path}`, async () => {
      if (!this.cloud.has(service) || path === "") return [];
      return this.cloud.service(service).list<CloudObject>(path, key);
    });
  }

  members(pool: string): Promise<readonly CloudObject[]> {
    return this.once(`members ${pool}`, () =>
      this.cloud.service("load-balancer").list<CloudObject>(`/lbaas/pools/${pool}/members`, "members"),
    );
  }

  /** The object of an id as the import wants it. */
  async object(type: string, id: string): Promise<CloudObject | undefined> {
    const [outer = "", inner] = id.split("/");
    const isMember = type.endsWith(":Member");
    const all = await (isMember ? this.members(outer) : this.list(type));
    return all.find((one) => one["id"] === (inner ?? outer));
  }

  private once(key: string, ask: () => Promise<readonly CloudObject[]>) {
    const known = this.lists.get(key) ?? ask();
    this.lists.set(key, known);
    return known;
  }
}
