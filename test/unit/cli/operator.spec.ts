/**
 * Templates for the Pulumi Kubernetes Operator. Its schema is not in this repository, so the fields that are used are
 * written down here: each was looked up in the CRDs of operator 2.9.0, against which all five files were checked whole.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { repository } from "./support/bin";

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "pulumi.com/v1 Stack": [
    ...["stack", "projectRepo", "branch", "commit", "gitAuth", "serviceAccountName", "backend", "envRefs"],
    ...["destroyOnFinalize", "useLocalStackOnly", "preview", "refresh", "continueResyncOnCommitMatch"],
    ...[
      "resyncFrequencySeconds",
      "retryMaxBackoffDurationSeconds",
      "workspaceReclaimPolicy",
      "workspaceTemplate",
    ],
  ],
  "auto.pulumi.com/v1alpha1 Workspace": [
    ...["serviceAccountName", "git", "env", "image", "securityProfile", "resources", "podTemplate", "stacks"],
  ],
};

const STACKS = ["stack", "production", "watch"];

function documents(name: string): any[] {
  const text = readFileSync(join(repository, `ci/operator/${name}.yaml`), "utf8");
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
}

const [stack, production, watch] = STACKS.map((name) => documents(name)[0]) as [any, any, any];
const workspace = documents("workspace")[0];
const shared = documents("shared");

/** Every `{name, key}` of a Secret, and every Secret that is mounted. */
function secretsOf(value: unknown): { name: string; key?: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const { secret, secretName, secretKeyRef, token, accessToken } = value as Record<string, any>;
  const own = [secret, secretKeyRef, token, accessToken].filter((one) => typeof one?.key === "string");
  if (typeof secretName === "string") own.push({ name: secretName });
  return [...own, ...Object.values(value).flatMap(secretsOf)];
}

describe("the templates for the operator", () => {
  for (const one of [stack, production, watch, workspace])
    it(`${one.kind} ${one.metadata.name} has fields that the operator knows`, () => {
      const known = KNOWN[`${one.apiVersion} ${one.kind}`] ?? [];
      assert.deepEqual(
        Object.keys(one.spec).filter((field) => !known.includes(field)),
        [],
      );
      for (const [name, { type, ...reference }] of Object.entries<any>(one.spec.envRefs ?? {}))
        assert.deepEqual(Object.keys(reference), [type.toLowerCase()], name);
    });

  it("never delete a cluster, and make no stack of a name that was mistyped", () => {
    for (const { spec } of [stack, production, watch]) {
      assert.equal(spec.destroyOnFinalize, false);
      assert.equal(spec.useLocalStackOnly, true);
    }
    assert.equal(workspace.spec.stacks[0].create, false);
  });

  it("bring in commits, and repair nothing that nobody has looked at", () => {
    // With a renamed network, `up --refresh` replaces every server.
    for (const { spec } of [stack, production]) {
      assert.equal(spec.refresh, false);
      assert.equal(spec.continueResyncOnCommitMatch, false);
    }
    assert.equal(stack.spec.branch, "refs/heads/main");
    assert.deepEqual([production.spec.commit, production.spec.branch], ["COMMIT", undefined]);
    assert.equal(watch.spec.preview && watch.spec.refresh && watch.spec.continueResyncOnCommitMatch, true);
    assert.ok(watch.spec.resyncFrequencySeconds >= 60, "the operator takes less for 60");
    assert.notEqual(watch.metadata.name, production.metadata.name);
  });

  it("name Secrets and keys that shared.yaml has, and hold no value of one", () => {
    const secrets = new Map(
      shared
        .filter(({ kind }) => kind === "Secret")
        .map(({ metadata, stringData }) => [metadata.name, stringData]),
    );
    for (const { spec, metadata } of [stack, production, watch, workspace]) {
      const used = secretsOf(spec);
      assert.deepEqual(
        [...new Set(used.map(({ name }) => name))].sort(),
        [...secrets.keys()].sort(),
        metadata.name,
      );
      for (const { name, key } of used)
        assert.ok(key === undefined || key in secrets.get(name), `${name}/${key}`);
    }
    for (const values of secrets.values()) assert.ok(Object.values(values).every((value) => value === ""));
  });

  it("take the passphrase and the cloud from files, which playbooks do not inherit", () => {
    for (const { spec } of [stack, production, watch])
      for (const name of Object.keys(spec.envRefs))
        assert.doesNotMatch(name, /^(PULUMI_CONFIG_PASSPHRASE|OS_PASSWORD)$/);
    const pod = stack.spec.workspaceTemplate.spec.podTemplate.spec;
    const files = pod.volumes.map(({ secret: { items = [{ path: "clouds.yaml" }] }, name }: any) => {
      const mount = pod.containers[0].volumeMounts.find((one: any) => one.name === name);
      return `${mount.mountPath}/${items[0].path}`;
    });
    const { OS_CLIENT_CONFIG_FILE, PULUMI_CONFIG_PASSPHRASE_FILE } = stack.spec.envRefs;
    assert.deepEqual(files, [
      OS_CLIENT_CONFIG_FILE.literal.value,
      PULUMI_CONFIG_PASSPHRASE_FILE.literal.value,
    ]);
  });

  it("give pods what they ask for, and time to end a playbook", () => {
    for (const { resources, podTemplate, securityProfile } of [stack, production, watch]
      .map(({ spec }) => spec.workspaceTemplate.spec)
      .concat(workspace.spec)) {
      assert.deepEqual(resources.requests, resources.limits);
      assert.ok(podTemplate.spec.terminationGracePeriodSeconds >= 3600);
      assert.equal(securityProfile, "restricted");
      assert.equal(
        podTemplate.spec.securityContext.fsGroup,
        1000,
        "files of mode 0440 are of root otherwise",
      );
    }
  });
});
