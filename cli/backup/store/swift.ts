/** A container of OpenStack's object store. */
import type { OpenStackClient } from "../../cloud/client";
import { isNotFound } from "../../cloud/errors";
import { ExitCode, UserError } from "../../errors";
import type { BackupStore, StoredObject } from "./types";

/** Names as Swift takes them in a path: slashes stay. */
const pathOf = (container: string, name: string) =>
  `/${encodeURIComponent(container)}/${name.split("/").map(encodeURIComponent).join("/")}`;

interface Entry {
  readonly name: string;
  readonly bytes: number;
}

export function swiftStore(cloud: Pick<OpenStackClient, "service">, container: string): BackupStore {
  const swift = cloud.service("object-store");
  const known = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new UserError(
        `there is no container ${container} in the object store.`,
        "pulumi up makes it; backup.bucket of the stack's file names it.",
        ExitCode.failed,
      );
    }
  };
  return {
    shown: `container ${container} (Swift)`,
    list: (prefix) =>
      known(async () => {
        const found: StoredObject[] = [];
        for (let marker: string | undefined; ;) {
          const query = { format: "json", prefix, marker };
          const page = await swift.get<Entry[]>(`/${encodeURIComponent(container)}`, query);
          if (page.length === 0) return found;
          found.push(...page.map(({ name, bytes }) => ({ name, size: bytes })));
          marker = page.at(-1)?.name;
        }
      }),
    read: async (name) => {
      try {
        return await swift.download(pathOf(container, name));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    write: (name, content) => known(() => swift.upload(pathOf(container, name), content)),
    remove: (name) => swift.delete(pathOf(container, name)),
  };
}
