/**
 * The policies' expressions on good and bad objects, by the API server: they are those of its own
 * ValidatingAdmissionPolicy. What Kyverno adds (the rules for Deployments that it derives, reports) is not tried here.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { policies } from "../../../gitops/services/kyvernoPolicies";
import { ControlPlane, stopControlPlanes } from "../../../sandbox/kubernetes";
import type { ApiClient } from "../../../sandbox/kubernetes/apiClient";
import { skip } from "../../support/skip";
import { findBinaries } from "../sandbox/kubernetes-support";

const all = policies("production") as any[];

const container = {
  name: "app",
  image: "registry.acme.org:5000/team/app:1.2.3",
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
  readinessProbe: { tcpSocket: { port: 80 } },
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
};

const podOf = (spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "case", ...metadata },
  spec: { containers: [container], ...spec },
});
const withContainer = (fields: object) => podOf({ containers: [{ ...container, ...fields }] });
const secured = (fields: object) =>
  withContainer({ securityContext: { ...container.securityContext, ...fields } });
const initWith = (fields: object) =>
  podOf({ initContainers: [{ ...container, name: "init", readinessProbe: undefined, ...fields }] });
const service = (spec: object) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "case" },
  spec: { ports: [{ port: 80 }], ...spec },
});
const role = (rule: object) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "case" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], ...rule }],
});

const good = podOf({});
const plain = { ...container, securityContext: {} };

/** Objects that a policy lets pass, and that it refuses. */
const cases: Readonly<
  Record<string, { readonly passes: readonly object[]; readonly refuses: readonly object[] }>
> = {
  "pinned-images": {
    passes: [good, withContainer({ image: `app@sha256:${"0".repeat(64)}` })],
    refuses: [
      withContainer({ image: "app:latest" }),
      withContainer({ image: "app" }),
      withContainer({ image: "registry.acme.org:5000/app" }),
      initWith({ image: "app:latest" }),
    ],
  },
  "no-privileged-containers": {
    passes: [good, podOf({ containers: [plain] }), secured({ privileged: false })],
    refuses: [
      withContainer({ securityContext: { privileged: true } }),
      initWith({ securityContext: { privileged: true } }),
    ],
  },
  "no-host-namespaces": {
    passes: [good, podOf({ hostNetwork: false })],
    refuses: [podOf({ hostNetwork: true }), podOf({ hostPID: true }), podOf({ hostIPC: true })],
  },
  "no-host-paths": {
    passes: [good, podOf({ volumes: [{ name: "v", emptyDir: {} }] })],
    refuses: [podOf({ volumes: [{ name: "v", hostPath: { path: "/etc" } }] })],
  },
  "no-host-ports": {
    passes: [good, withContainer({ ports: [{ containerPort: 80 }] })],
    refuses: [withContainer({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  },
  "baseline-capabilities": {
    passes: [good, podOf({ containers: [plain] })],
    refuses: [
      secured({ capabilities: { add: ["SYS_ADMIN"] } }),
      initWith({ securityContext: { capabilities: { add: ["NET_ADMIN"] } } }),
    ],
  },
  "no-external-ips": {
    passes: [service({}), service({ externalIPs: [] })],
    refuses: [service({ externalIPs: ["203.0.113.9"] })],
  },
  "no-wildcard-roles": {
    passes: [role({})],
    refuses: [role({ verbs: ["*"] }), role({ resources: ["*"] })],
  },
  "non-root": {
    passes: [good, podOf({ containers: [plain], securityContext: { runAsNonRoot: true } })],
    refuses: [
      podOf({ containers: [plain] }),
      podOf({
        containers: [{ ...plain, securityContext: { runAsNonRoot: false } }],
        securityContext: { runAsNonRoot: true },
      }),
    ],
  },
  "no-privilege-escalation": { passes: [good], refuses: [podOf({ containers: [plain] })] },
  "seccomp-profile": {
    passes: [
      good,
      podOf({ containers: [plain], securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
    ],
    refuses: [podOf({ containers: [plain] }), secured({ seccompProfile: { type: "Unconfined" } })],
  },
  "resource-requests": {
    passes: [good],
    refuses: [
      withContainer({ resources: {} }),
      withContainer({ resources: { requests: { cpu: "1", memory: "1Gi" } } }),
      withContainer({ resources: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } } }),
    ],
  },
  "readiness-probes": {
    passes: [
      good,
      podOf(
        { containers: [{ ...container, readinessProbe: undefined }] },
        { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "job", uid: "1" }] },
      ),
    ],
    refuses: [withContainer({ readinessProbe: undefined })],
  },
  "no-default-namespace": { passes: [good], refuses: [] },
};

const plurals: Readonly<Record<string, string>> = {
  Pod: "/api/v1/namespaces/NS/pods",
  Service: "/api/v1/namespaces/NS/services",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles",
};

/** On a busy machine it took longer than ten seconds. */
const IN_FORCE_MS = 90_000;

describe("policies, by a real API server", function () {
  this.timeout(120_000);
  let directory: string | undefined;
  let client: ApiClient;

  before(async function () {
    const found = findBinaries();
    if ("why" in found) return skip(this, found.why);
    directory = mkdtempSync(join(tmpdir(), "opencenter-policies-"));
    writeFileSync(join(directory, "binaries.json"), JSON.stringify(found.binaries));
    const controlPlane = ControlPlane.of(directory, "acme", "policies");
    await controlPlane.start();
    client = controlPlane.client();
    await client.send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
    for (const policy of all) await bind(policy);
    await untilInForce();
  });
  after(async () => {
    if (directory === undefined) return;
    client?.close();
    await stopControlPlanes(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  const short = (policy: any) => (policy.metadata.name as string).replace(/^platform-/, "");
  const namespaceOf = (name: string) => `only-${name}`;

  /** Each policy in a namespace where no other one is: else the first to refuse would hide the rest. */
  async function bind({ metadata: { name }, spec }: any): Promise<void> {
    const namespace = namespaceOf(name.replace(/^platform-/, ""));
    await client.create("/api/v1/namespaces", { metadata: { name: namespace } });
    const api = "/apis/admissionregistration.k8s.io/v1";
    const { matchConstraints, validations } = spec;
    await client.create(`${api}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: { matchConstraints, validations },
    });
    const matchExpressions = [
      {
        key: "kubernetes.io/metadata.name",
        operator: "In",
        values: [namespace, ...(name.endsWith("no-default-namespace") ? ["default"] : [])],
      },
    ];
    await client.create(`${api}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchExpressions } },
      },
    });
  }

  async function answer(object: any, namespace: string) {
    const path = plurals[object.kind as string]!.replace("NS", namespace);
    const { status, body } = await client.send("POST", `${path}?dryRun=All`, object);
    return { status, message: String((body as any).message ?? "") };
  }

  /** A policy is compiled a moment after it was made. */
  async function untilInForce(): Promise<void> {
    const first = Object.entries(cases).flatMap(([name, { refuses }]) =>
      refuses[0] === undefined ? [] : [[refuses[0], namespaceOf(name)] as const],
    );
    const until = Date.now() + IN_FORCE_MS;
    for (const [object, namespace] of [...first, [good, "default"] as const])
      while ((await answer(object, namespace)).status < 400 && Date.now() < until) await sleep(100);
  }

  it("are all tried", () => assert.deepEqual(Object.keys(cases).sort(), all.map(short).sort()));

  for (const policy of all) {
    const name = short(policy);
    it(`${name} lets pass what is right, and says what is wrong`, async () => {
      for (const object of cases[name]!.passes) {
        const { status, message } = await answer(object, namespaceOf(name));
        assert.equal(status, 201, `${message} ${JSON.stringify(object)}`);
      }
      for (const object of cases[name]!.refuses) {
        const { status, message } = await answer(object, namespaceOf(name));
        assert.ok(
          status >= 400 && message.includes(policy.spec.validations[0].message),
          `${status} ${message} ${JSON.stringify(object)}`,
        );
      }
    });
  }

  it("no-default-namespace refuses a pod there", async () => {
    const { status, message } = await answer(good, "default");
    assert.ok(status >= 400 && message.includes("default"), `${status} ${message}`);
  });
});
