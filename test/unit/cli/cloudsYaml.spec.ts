import { strict as assert } from "node:assert";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCloud, findCloudsYaml } from "../../../cli/cloud/cloudsYaml";
import { CloudError } from "../../../cli/cloud/errors";

const COMPLETE = `clouds:
  prod:
    region_name: RegionOne
    interface: internal
    cacert: ca.pem
    auth:
      auth_url: https://keystone.example.org:5000/v3
      username: demo
      user_domain_name: Default
      project_name: demo
      project_domain_name: Default
`;

describe("clouds.yaml", () => {
  let folder: string;
  const env = () => ({ HOME: folder });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const find = (cloud: string | undefined, more: NodeJS.ProcessEnv = {}) =>
    findCloud({ cloud, directory: folder, env: { ...env(), ...more } });
  const refusal = (cloud: string, more: NodeJS.ProcessEnv = {}): CloudError => {
    try {
      find(cloud, more);
    } catch (error) {
      assert.ok(error instanceof CloudError, String(error));
      return error;
    }
    return assert.fail("nothing was refused");
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "opencenter-clouds-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is merged with secure.yaml, and its paths are seen from its own folder", () => {
    write("clouds.yaml", COMPLETE);
    write("secure.yaml", "clouds: {prod: {auth: {password: secret}}}");
    const access = find("prod");
    assert.deepEqual(access.credentials, {
      kind: "password",
      user: { id: undefined, name: "demo", domain: { name: "Default" } },
      password: "secret",
    });
    assert.equal(access.interface, "internal");
    assert.equal(access.region, "RegionOne");
    assert.equal(access.caFile, join(folder, "ca.pem"));
  });

  it("is searched in the project, then in the user's configuration; a named file goes first", () => {
    const home = join(folder, ".config", "openstack");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "clouds.yaml"), COMPLETE);
    assert.equal(findCloudsYaml(folder, env()), join(home, "clouds.yaml"));
    write("clouds.yaml", COMPLETE);
    assert.equal(findCloudsYaml(folder, env()), join(folder, "clouds.yaml"));
    const named = { ...env(), OS_CLIENT_CONFIG_FILE: "/elsewhere/c.yaml" };
    assert.equal(findCloudsYaml(folder, named), "/elsewhere/c.yaml");
  });

  it("is completed by OS_* variables, which never win over the file", () => {
    write("clouds.yaml", COMPLETE);
    const access = find("prod", { OS_PASSWORD: "from-env", OS_USERNAME: "other" });
    assert.ok(access.credentials.kind === "password");
    assert.equal(access.credentials.password, "from-env");
    assert.equal(access.credentials.user.name, "demo");
  });

  it("is not needed where OS_* variables say everything", () => {
    const access = findCloud({
      directory: folder,
      authUrl: "https://keystone.example.org/v3",
      env: { OS_APPLICATION_CREDENTIAL_ID: "a", OS_APPLICATION_CREDENTIAL_SECRET: "b" },
    });
    assert.equal(access.credentials.kind, "application-credential");
    assert.equal(access.project, undefined);
    assert.equal(access.authUrl, "https://keystone.example.org/v3");
  });

  for (const [type, auth, kind] of [
    [
      "v3applicationcredential",
      "application_credential_id: a, application_credential_secret: b",
      "application-credential",
    ],
    ["v3token", "token: t, project_id: p", "token"],
    ["v3password", "username: u, password: p, user_domain_id: d, project_id: p", "password"],
  ] as const) {
    it(`understands auth_type ${type}`, () => {
      write("clouds.yaml", `clouds: {c: {auth_type: ${type}, auth: {auth_url: "http://k/v3", ${auth}}}}`);
      assert.equal(find("c").credentials.kind, kind);
    });
  }

  it("says which cloud was meant", () => {
    write("clouds.yaml", COMPLETE);
    const { kind, message, hint } = refusal("prdo");
    assert.equal(kind, "cloud-not-found");
    assert.match(message, /has no cloud prdo/);
    assert.match(hint ?? "", /Did you mean prod\?/);
  });

  it("says where it looked when there is none", () => {
    const { kind, message } = refusal("prod");
    assert.equal(kind, "clouds-yaml-missing");
    assert.ok(message.includes(join(folder, ".config", "openstack", "clouds.yaml")));
    assert.ok(message.includes("/etc/openstack/clouds.yaml"));
  });

  it("says the line of a YAML error, and quotes nothing of a file full of passwords", () => {
    write("clouds.yaml", 'clouds:\n  prod:\n    auth:\n      password: "hunter2\n      username: x\n');
    const { kind, message } = refusal("prod");
    assert.equal(kind, "clouds-yaml-unreadable");
    assert.match(message, /clouds\.yaml:\d+:\d+ is not valid YAML/);
    assert.ok(!message.includes("hunter2"));
  });

  it("says what a file without clouds lacks", () => {
    write("clouds.yaml", "- prod\n");
    assert.equal(refusal("prod").kind, "clouds-yaml-unreadable");
  });

  it("says that a named file is not there, is a directory, or may not be read", function () {
    const named = (path: string) => refusal("prod", { OS_CLIENT_CONFIG_FILE: path }).message;
    assert.match(named(join(folder, "none.yaml")), /does not exist/);
    assert.match(named(folder), /is a directory/);
    if (process.getuid?.() === 0) return;
    write("closed.yaml", COMPLETE);
    chmodSync(join(folder, "closed.yaml"), 0);
    assert.match(named(join(folder, "closed.yaml")), /may not be read/);
  });

  for (const [what, entry, missing] of [
    ["auth_url", "auth: {username: u}", "auth_url"],
    ["password", "auth: {auth_url: http://k, username: u, user_domain_name: d}", "password"],
    ["domain", "auth: {auth_url: http://k, username: u, password: p}", "user_domain_name"],
    ["project", "auth: {auth_url: http://k, username: u, password: p, user_domain_name: d}", "project_name"],
    [
      "secret",
      "auth_type: v3applicationcredential, auth: {auth_url: http://k, application_credential_id: a}",
      "application_credential_secret",
    ],
  ] as const) {
    it(`names a missing ${what}`, () => {
      write("clouds.yaml", `clouds: {c: {${entry}}}`);
      const { kind, message } = refusal("c");
      assert.equal(kind, "cloud-entry-incomplete");
      assert.match(message, new RegExp(`has no ${missing}\\.`));
    });
  }

  it("refuses an auth_type that it does not know, by name", () => {
    write("clouds.yaml", "clouds: {c: {auth_type: v3kerberos, auth: {auth_url: http://k}}}");
    assert.match(refusal("c").message, /v3kerberos/);
  });
});
