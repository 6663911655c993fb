/** What the cloud has, looked up once however many checks ask. */
import type { OpenStackClient } from "../cloud/client";
import { isNotFound } from "../cloud/errors";

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** In MiB. */
  readonly ram: number;
  /** In GiB; 0 means that the flavor has no disk of its own. */
  readonly disk: number;
}

export interface Image {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  /** In GiB. */
  readonly min_disk: number;
  /** In MiB. */
  readonly min_ram: number;
  /** In bytes, once unpacked. */
  readonly virtual_size?: number | null;
}

export interface CloudNetwork {
  readonly id: string;
  readonly name: string;
  readonly "router:external"?: boolean;
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Whether a configured name is an id: the program itself tells the two apart in the same way. */
export function isId(nameOrId: string): boolean {
  return UUID.test(nameOrId);
}

export class Inventory {
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(private readonly cloud: OpenStackClient) {}

  /** All flavors that the project may use. */
  flavors(): Promise<Flavor[]> {
    return this.once("flavors", () =>
      this.cloud.service("compute").list<Flavor>("/flavors/detail", "flavors"),
    );
  }

  async flavor(nameOrId: string): Promise<Flavor | undefined> {
    const match = (await this.flavors()).find((flavor) =>
      isId(nameOrId) ? flavor.id === nameOrId : flavor.name === nameOrId,
    );
    if (match !== undefined || !isId(nameOrId)) return match;
    // A flavor that was withdrawn from the list can still be used by its id.
    return this.once(`flavor ${nameOrId}`, async () => {
      const answer = await absent(
        this.cloud.service("compute").get<{ flavor: Flavor }>(`/flavors/${nameOrId}`),
      );
      return answer?.flavor;
    });
  }

  /** Images with a name, or the one with an id. */
  images(nameOrId: string): Promise<Image[]> {
    return this.once(`image ${nameOrId}`, async () => {
      const service = this.cloud.service("image");
      if (!isId(nameOrId)) return service.list<Image>("/images", "images", { name: nameOrId });
      const image = await absent(service.get<Image & { id: string }>(`/images/${nameOrId}`));
      return image === undefined ? [] : [image];
    });
  }

  /** Names of all images, to say what was meant. */
  imageNames(): Promise<string[]> {
    return this.once("image names", async () => {
      const images = await this.cloud.service("image").list<Image>("/images", "images");
      return images.flatMap((image) => image.name ?? []);
    });
  }

  networks(): Promise<CloudNetwork[]> {
    return this.once("networks", () =>
      this.cloud.service("network").list<CloudNetwork>("/networks", "networks"),
    );
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = ask();
    this.answers.set(key, answer);
    return answer;
  }
}

/** The answer, or undefined when the cloud has no such object. */
export async function absent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
