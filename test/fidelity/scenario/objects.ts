/** Swift: the account, containers and what is in them. Its answers are mostly headers. */
import type { StepOptions } from "../recorder";
import { below, type Area, type Caller } from "./scene";

const PLAIN: StepOptions = { headers: { accept: "text/plain" } };

/** Calls whose headers are all that they say. */
function withHeaders(api: Caller) {
  type Headers = Readonly<Record<string, string>>;
  return {
    put: (step: string, path: string, headers: Headers) => api.put(step, path, undefined, { headers }),
    post: (step: string, path: string, headers: Headers) => api.post(step, path, undefined, { headers }),
  };
}

/** What the backup of a cluster does to its container. */
async function containers(api: Caller): Promise<void> {
  const about = withHeaders(api);
  await about.put("container", "/backups", { "x-container-meta-cluster": "a" });
  await about.put("container again", "/backups", { "x-container-meta-owner": "b" });
  await api.head("container itself", "/backups");
  await about.post("metadata of a container", "/backups", {
    "x-container-meta-cluster": "c",
    "x-remove-container-meta-owner": "x",
  });
  await api.head("container with other metadata", "/backups");
  await about.put("container with versions", "/versions", { "x-versions-enabled": "true" });
  await api.head("container with versions itself", "/versions");
  await about.put("container of an unknown policy", "/p", { "x-storage-policy": "gold" });
  await api.put("too long a name", `/${"x".repeat(300)}`);
  await api.head("unknown container", "/nowhere");
  await api.get("unknown container listed", "/nowhere");
  await about.post("metadata of no container", "/nowhere", { "x-container-meta-a": "b" });
  await api.delete("unknown container deleted", "/nowhere");
  await api.get("empty container", "/backups");
  await api.get("empty container, as text", "/backups", PLAIN);
}

async function objects(api: Caller): Promise<void> {
  const about = withHeaders(api);
  const text = { headers: { "content-type": "text/plain", "x-object-meta-sha256": "0123" } };
  await api.put("object", "/backups/etcd/1.tar", "one", text);
  await api.put("another object", "/backups/etcd/2.tar", "two", text);
  await api.put("object of another folder", "/backups/velero/x", "three", text);
  await api.put("object replaced", "/backups/etcd/2.tar", "deux", text);
  await api.put("object that must be new", "/backups/etcd/2.tar", "x", { headers: { "if-none-match": "*" } });
  await api.put("object with a wrong digest", "/backups/w", "x", {
    headers: { etag: "0".repeat(32), "content-type": "text/plain" },
  });
  await api.put("object of no container", "/nowhere/x", "x", text);
  await api.head("object itself", "/backups/etcd/1.tar");
  await api.get("content of an object", "/backups/etcd/2.tar");
  await about.post("metadata of an object", "/backups/etcd/1.tar", { "x-object-meta-a": "b" });
  await api.head("object with other metadata", "/backups/etcd/1.tar");
  await api.head("unknown object", "/backups/etcd/9.tar");
  await api.get("content of an unknown object", "/backups/etcd/9.tar");
  await about.post("metadata of no object", "/backups/etcd/9.tar", { "x-object-meta-a": "b" });
  await api.delete("unknown object deleted", "/backups/etcd/9.tar");
}

async function listings(api: Caller): Promise<void> {
  await api.get("objects", "/backups");
  await api.get("objects, as text", "/backups", PLAIN);
  await api.get("objects by a parameter", "/backups?format=json");
  await api.get("objects of a folder", "/backups?prefix=etcd/");
  await api.get("objects of a folder by parameters", "/backups?format=json&prefix=etcd/");
  await api.get("next objects of a folder", "/backups?format=json&prefix=etcd/&marker=etcd/1.tar");
  await api.get("folders", "/backups?delimiter=/");
  await api.get("first page", "/backups?limit=1");
  await api.get("next page", "/backups?marker=etcd/1.tar&limit=1");
  await api.get("up to a name", "/backups?end_marker=etcd/2.tar");
  await api.get("too large a page", "/backups?limit=100000");
  // How much is in them is counted later.
  await api.get("containers", "", { typesOnly: true });
  await api.get("containers by a parameter", "?format=json", { typesOnly: true });
  await api.get("containers, as text", "", PLAIN);
  await api.head("account", "");
}

async function farewell(api: Caller): Promise<void> {
  await api.delete("container with something in it", "/backups");
  for (const name of ["etcd/1.tar", "etcd/2.tar", "velero/x"])
    await api.delete(`${name} deleted`, `/backups/${name}`);
  await api.delete("container deleted", "/backups");
  await api.delete("container with versions deleted", "/versions");
  await api.get("nothing any more", "");
}

export const objectStore: Area = async ({ recorder, connection, stranger }) => {
  const account = (projectId: string) => `/v1/AUTH_${projectId}`;
  await recorder.call("abilities", "GET", "object-store", "/info", { token: "", typesOnly: true });
  const api = below(recorder, "object-store", account(connection.projectId));
  await containers(api);
  await objects(api);
  await listings(api);
  const { projectId } = await stranger();
  await recorder.call("somebody else's account", "GET", "object-store", account(projectId));
  await recorder.call("somebody else's container", "PUT", "object-store", `${account(projectId)}/mine`);
  await recorder.call("no token", "GET", "object-store", account(connection.projectId), { token: "" });
  await recorder.call("wrong token", "GET", "object-store", account(connection.projectId), {
    token: "nonsense",
  });
  await farewell(api);
};
