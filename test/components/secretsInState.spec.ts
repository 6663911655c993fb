/** `docs/state.md` names every resource whose inputs or outputs are secret: whoever guards the state reads it there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { servicesWithLogin } from "../../plan/serviceCredentials";
import type { Registered } from "../support/mocks";
import { configure, deployCluster, production } from "./support";

/** With a second key of encryption at rest, which is a resource of its own. */
const settings = { ...production, secrets: { encryptionKey: { generation: 1, generations: [1, 2] } } };

/** What the SDK calls secret on every server and provider is not there here: nobody sets it. */
function holdsSecret({ secretInputs, additionalSecretOutputs, outputs = {} }: Registered): boolean {
  return secretInputs.length > 0 || additionalSecretOutputs.some((key) => key in outputs);
}

/** As it stands on the page: names that the user gives and numbers in brackets. */
function general(name: string): string {
  const service = servicesWithLogin(configure(settings)).find((one) => name === `prod-platform-${one}`);
  if (service !== undefined) return "<cluster>-platform-<service>";
  return name.replace(/^prod/, "<cluster>").replace(/-(g?)\d+$/, "-$1<N>");
}

/** The list, one line for each row. */
function rowsOfPage(): string[] {
  const page = readFileSync(join(__dirname, "../../docs/state.md"), "utf8");
  return page.split("\n").filter((line) => line.startsWith("| `<cluster>-"));
}

/** In the page's words. */
const PUBLISHED: Readonly<Record<string, string>> = {
  identities: "age identities",
  seed: "seed",
  sshPrivateKey: "deploy key",
  token: "token",
  credentials: "credentials of services",
  store: "access key of the S3 store",
};

describe("docs/state.md", () => {
  it("names what is secret in the state, and nothing else", async () => {
    const { resources } = await deployCluster(settings);
    const actual = new Set(resources.filter(holdsSecret).map(({ name }) => general(name)));
    const told = rowsOfPage().flatMap((row) =>
      [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    assert.deepEqual(told.sort(), [...actual].sort());
  });

  it("names everything that publishing gets", async () => {
    const { resources } = await deployCluster(settings);
    const publish = resources.find(({ name }) => name === "prod-platform-repository-publish");
    const given = JSON.parse(publish?.inputs["environment"].OPENCENTER_SECRETS) as object;
    const row = rowsOfPage().find((line) => line.includes("-repository-publish`")) ?? "";
    const keys = [...Object.keys(given).filter((key) => key !== "active"), "token", "store"];
    assert.ok(keys.length > 5);
    for (const key of keys) assert.ok(row.includes(PUBLISHED[key] ?? `no word for ${key}`), key);
  });
});
