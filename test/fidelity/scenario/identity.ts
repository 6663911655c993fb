/** Keystone: version documents, tokens, application credentials, and what a wrong token gets from every service. */
import type { Json, ServiceName } from "../connection";
import { NO_ID } from "../recorder";
import { below, type Area, type Caller, type Scene } from "./scene";

const TOKENS = "/auth/tokens";
const domain = { name: "Default" };

function passwordOf({ connection: { credentials } }: Scene, password = credentials.password): Json {
  return { methods: ["password"], password: { user: { name: credentials.user, domain, password } } };
}

async function tokens(scene: Scene, api: Caller): Promise<void> {
  const { connection } = scene;
  const project = { name: connection.credentials.project, domain };
  const none = { token: "" };
  const request = (step: string, identity: Json, scope?: Json | string) =>
    api.post(step, TOKENS, { auth: { identity, scope } }, { ...none, typesOnly: true });
  const scoped = await request("token with a password", passwordOf(scene), { project });
  const token = scoped.headers.get("x-subject-token") ?? "";
  await request("token without a scope", passwordOf(scene));
  await request("wrong password", passwordOf(scene, "wrong"), { project });
  await request("unknown project", passwordOf(scene), { project: { ...project, name: "nowhere" } });
  await request("unknown project id", passwordOf(scene), { project: { id: NO_ID.replaceAll("-", "") } });
  await request("project of nobody's domain", passwordOf(scene), {
    project: { name: project.name, domain: { name: "none" } },
  });
  await request("token with a token", { methods: ["token"], token: { id: token } }, { project });
  await request("token with no token", { methods: ["token"], token: { id: "nonsense" } }, { project });
  await request("unknown method", { methods: ["dance"] }, { project });
  await api.post("no identity", TOKENS, { auth: {} }, none);
  await api.post("no body", TOKENS, undefined, none);
  await api.get("the token itself", TOKENS, { headers: { "x-subject-token": token }, typesOnly: true });
  await api.get("a token that is none", TOKENS, { headers: { "x-subject-token": "nonsense" } });
  await api.get("catalogue", "/auth/catalog", { typesOnly: true });
  await api.get("projects of the user", "/auth/projects");
  await api.delete("revoke", TOKENS, { headers: { "x-subject-token": token } });
  await api.get("a revoked token", TOKENS, { headers: { "x-subject-token": token } });
  await api.get("call with a revoked token", "/auth/projects", { token });
}

async function users(scene: Scene, api: Caller): Promise<void> {
  const { projectId, userId } = scene.connection;
  await api.get("own project", `/projects/${projectId}`, { typesOnly: true });
  await api.get("unknown project by id", `/projects/${NO_ID}`);
  await api.get("own user", `/users/${userId}`, { typesOnly: true });
  await api.get("projects of a user", `/users/${userId}/projects`);
  await api.get("all users", "/users");
}

async function credentials(scene: Scene, api: Caller): Promise<void> {
  const path = `/users/${scene.connection.userId}/application_credentials`;
  const make = (step: string, values: Json) => api.post(step, path, { application_credential: values });
  const made = await make("application credential", {
    name: "ci",
    description: "of the pipeline",
    expires_at: "2099-01-01T00:00:00",
  });
  const { id = NO_ID, secret = "" } = (made.body as Json)["application_credential"] ?? {};
  await make("application credential of the same name", { name: "ci" });
  await make("application credential of an unknown role", { name: "r", roles: [{ name: "emperor" }] });
  await make("application credential that has expired", { name: "e", expires_at: "2001-01-01T00:00:00" });
  await make("application credential with no name", {});
  await make("application credential with a wrong time", { name: "t", expires_at: "tomorrow" });
  const narrow = await make("application credential of one role", {
    name: "one",
    roles: [{ name: "member" }],
    unrestricted: true,
  });
  await api.get("application credential itself", `${path}/${id}`);
  await api.get("application credentials", path);
  await api.get("application credentials by name", `${path}?name=ci`);
  await api.get("unknown application credential", `${path}/${NO_ID}`);
  const identity = (values: Json) => ({
    auth: { identity: { methods: ["application_credential"], application_credential: values } },
  });
  const none = { token: "" };
  const login = await api.post("login by application credential", TOKENS, identity({ id, secret }), {
    ...none,
    typesOnly: true,
  });
  const token = login.headers.get("x-subject-token") ?? "";
  const user = { name: scene.connection.credentials.user, domain };
  await api.post("login by its name", TOKENS, identity({ name: "ci", user, secret }), {
    ...none,
    typesOnly: true,
  });
  await api.post("login with a wrong secret", TOKENS, identity({ id, secret: "wrong" }), none);
  await api.post("login by no credential", TOKENS, identity({ id: NO_ID, secret }), none);
  await api.post(
    "application credential by a restricted one",
    path,
    { application_credential: { name: "child" } },
    { token },
  );
  await api.delete("delete application credential", `${path}/${id}`);
  await api.delete("delete it again", `${path}/${id}`);
  await api.post("login by the deleted one", TOKENS, identity({ id, secret }), none);
  await api.delete(
    "delete the other one",
    `${path}/${(narrow.body as Json)["application_credential"]?.id ?? NO_ID}`,
  );
}

/** A first call of each service: clients tell a wrong token from a missing service by it. */
const FIRST_CALLS: Readonly<Partial<Record<ServiceName, string>>> = {
  compute: "/v2.1/servers",
  network: "/v2.0/ports",
  image: "/v2/images",
  "load-balancer": "/v2.0/lbaas/loadbalancers",
};

async function strangers({ recorder, connection }: Scene): Promise<void> {
  const calls = { ...FIRST_CALLS, volume: `/v3/${connection.projectId}/volumes` };
  for (const [service, path] of Object.entries(calls) as [ServiceName, string][]) {
    await recorder.call(`${service} without a token`, "GET", service, path, { token: "" });
    await recorder.call(`${service} with a wrong token`, "GET", service, path, { token: "nonsense" });
  }
}

async function unscoped(scene: Scene): Promise<void> {
  const { connection, recorder } = scene;
  const body = { auth: { identity: passwordOf(scene), scope: "unscoped" } };
  const answer = await connection.call("POST", "identity", `/v3${TOKENS}`, { token: "", body });
  const token = answer.headers.get("x-subject-token") ?? "";
  for (const [service, path] of Object.entries(FIRST_CALLS) as [ServiceName, string][])
    await recorder.call(`${service} with an unscoped token`, "GET", service, path, { token });
  await recorder.call("projects with an unscoped token", "GET", "identity", "/v3/auth/projects", { token });
}

/** Without a token, as clients find out which versions there are. */
async function versions({ recorder }: Scene): Promise<void> {
  const documents: [ServiceName, string][] = [
    ["identity", "/"], ["identity", "/v3"], ["identity", "/v3/"], ["compute", "/"], ["compute", "/v2.1"],
    ["compute", "/v2.1/"], ["network", "/"], ["network", "/v2.0"], ["network", "/v2.0/"], ["volume", "/"],
    ["volume", "/v3/"], ["image", "/"], ["load-balancer", "/"],
  ]; // prettier-ignore
  for (const [service, path] of documents) {
    await recorder.call(`versions of ${service} at ${path}`, "GET", service, path, {
      token: "",
      typesOnly: true,
    });
    await recorder.call(`versions of ${service} at ${path} with a token`, "GET", service, path, {
      typesOnly: true,
    });
  }
  for (const service of ["identity", "compute", "network", "image", "load-balancer"] as const)
    await recorder.call(`no such path of ${service}`, "GET", service, "/v0/nothing");
}

export const identity: Area = async (scene) => {
  const api = below(scene.recorder, "identity", "/v3");
  await versions(scene);
  await tokens(scene, api);
  await users(scene, api);
  await credentials(scene, api);
  await strangers(scene);
  await unscoped(scene);
};
