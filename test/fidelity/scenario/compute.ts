/** Nova without servers: flavors, zones, keypairs, server groups, versions of the API; and Glance's images. */
import { NO_ID } from "../recorder";
import { below, type Area, type Caller } from "./scene";

const at = (version: string) => ({ headers: { "openstack-api-version": `compute ${version}` } });

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6Y5p5yJrV1uD5M4Q2N6l4JmTg3q1l0b0JmO9s2u5xk fidelity";

async function flavors(api: Caller, small: string): Promise<void> {
  await api.get("flavor", `/flavors/${small}`, { typesOnly: true });
  await api.get("flavor in 2.61", `/flavors/${small}`, { ...at("2.61"), typesOnly: true });
  await api.get("flavors", "/flavors", { typesOnly: true });
  await api.get("flavors in detail", "/flavors/detail", { typesOnly: true });
  await api.get("flavors that are public", "/flavors/detail?is_public=None", { typesOnly: true });
  await api.get("flavors that nobody has", "/flavors/detail?minRam=99999999");
  await api.get("properties of a flavor", `/flavors/${small}/os-extra_specs`);
  await api.get("unknown flavor", `/flavors/${NO_ID}`);
  await api.get("flavor by name", "/flavors/m1.none");
  await api.post("flavor by a member", "/flavors", { flavor: { name: "x", vcpus: 1, ram: 1, disk: 1 } });
}

async function keypairs(api: Caller): Promise<void> {
  const make = (step: string, keypair: object, version?: string) =>
    api.post(step, "/os-keypairs", { keypair }, version === undefined ? {} : at(version));
  await make("keypair", { name: "key", public_key: KEY });
  await make("keypair of the same name", { name: "key", public_key: KEY });
  await make("keypair of a type", { name: "key-2", public_key: KEY, type: "ssh" }, "2.2");
  await make("keypair made by Nova", { name: "key-3" });
  await make("keypair of a wrong key", { name: "key-4", public_key: "nonsense" });
  await make("keypair of a wrong name", { name: "a/b", public_key: KEY });
  await make("keypair with no name", { public_key: KEY });
  await api.get("keypair itself", "/os-keypairs/key");
  await api.get("keypair itself in 2.2", "/os-keypairs/key", at("2.2"));
  await api.get("keypairs", "/os-keypairs");
  await api.get("keypairs in 2.35", "/os-keypairs?limit=1", at("2.35"));
  await api.get("unknown keypair", "/os-keypairs/none");
  await api.delete("unknown keypair deleted", "/os-keypairs/none");
  for (const name of ["key", "key-2"]) await api.delete(`keypair ${name} deleted`, `/os-keypairs/${name}`);
  await api.delete("keypair deleted in 2.2", "/os-keypairs/key-3", at("2.2"));
}

async function serverGroups(api: Caller): Promise<void> {
  const path = "/os-server-groups";
  const old = await api.made("server group", path, {
    server_group: { name: "a", policies: ["anti-affinity"] },
  });
  const soft = await api.made(
    "soft server group in 2.15",
    path,
    { server_group: { name: "b", policies: ["soft-anti-affinity"] } },
    at("2.15"),
  );
  const rules = { policy: "anti-affinity", rules: { max_server_per_host: 2 } };
  const strict = await api.made(
    "server group with rules in 2.64",
    path,
    { server_group: { name: "c", ...rules } },
    at("2.64"),
  );
  await api.post("soft server group in 2.1", path, {
    server_group: { name: "d", policies: ["soft-anti-affinity"] },
  });
  await api.post(
    "server group with an old policy in 2.64",
    path,
    { server_group: { name: "d", policies: ["affinity"] } },
    at("2.64"),
  );
  await api.post("server group with an unknown policy", path, {
    server_group: { name: "d", policies: ["dance"] },
  });
  await api.post("server group without a name", path, { server_group: { policies: ["affinity"] } });
  await api.post(
    "server group with rules for affinity",
    path,
    { server_group: { name: "d", policy: "affinity", rules: { max_server_per_host: 2 } } },
    at("2.64"),
  );
  await api.get("server group itself", `${path}/${old}`);
  await api.get("server group itself in 2.13", `${path}/${old}`, at("2.13"));
  await api.get("server group itself in 2.64", `${path}/${strict}`, at("2.64"));
  await api.get("server groups", path);
  await api.get("server groups, one page", `${path}?limit=1&offset=1`);
  await api.get("unknown server group", `${path}/${NO_ID}`);
  await api.delete("unknown server group deleted", `${path}/${NO_ID}`);
  for (const [index, id] of [old, soft, strict].entries())
    await api.delete(`server group ${index + 1} deleted`, `${path}/${id}`);
}

async function versions(api: Caller): Promise<void> {
  const path = "/os-availability-zone";
  await api.get("zones", path, { typesOnly: true });
  await api.get("zones in detail by a member", `${path}/detail`);
  await api.get("extensions", "/extensions", { typesOnly: true });
  await api.get("version that is none", path, at("nonsense"));
  await api.get("version of the future", path, at("2.999"));
  await api.get("version of the past", path, at("2.0"));
  await api.get("version in the old header", path, {
    headers: { "x-openstack-nova-api-version": "2.20" },
    typesOnly: true,
  });
  await api.get("version of another service", path, {
    headers: { "openstack-api-version": "volume 3.5" },
    typesOnly: true,
  });
  await api.get("limits", "/limits", { typesOnly: true });
  await api.get("limits in 2.47", "/limits", { ...at("2.47"), typesOnly: true });
}

async function images(api: Caller, image: string): Promise<void> {
  await api.get("image", `/images/${image}`, { typesOnly: true });
  await api.get("images", "/images?limit=1", { typesOnly: true });
  await api.get("images of no name", "/images?name=no-such-image");
  await api.get("images by order", "/images?sort=name:asc&status=active&limit=1", { typesOnly: true });
  await api.get(
    "images of a name by order",
    "/images?name=ubuntu-24.04&status=active&sort_key=name&sort_dir=asc",
    {
      typesOnly: true,
    },
  );
  await api.get("images by an unknown order", "/images?sort_key=colour");
  await api.get("images after an unknown marker", `/images?marker=${NO_ID}`);
  await api.get("images with a wrong limit", "/images?limit=nonsense");
  await api.get("unknown image", `/images/${NO_ID}`);
  await api.get("image by name", "/images/some-name");
}

export const compute: Area = async ({ recorder, connection, facts }) => {
  const api = below(recorder, "compute", "/v2.1");
  await versions(api);
  await flavors(api, facts.smallFlavor);
  await keypairs(api);
  await serverGroups(api);
  await api.get("quotas in detail", `/os-quota-sets/${connection.projectId}/detail`, { typesOnly: true });
  await api.get("quotas", `/os-quota-sets/${connection.projectId}`, { typesOnly: true });
  await images(below(recorder, "image", "/v2"), facts.image);
};
