import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../components/cluster";
import type { ClusterInput } from "../../config/schema";
import { runSecrets } from "../../kubespray/run";
import { digest } from "../../plan/kubernetes/digests";
import { statePaths } from "../../plan/names";
import type { CloudFacts } from "../../plan/kubernetes/types";
import { planRequest } from "../../plan/kubernetes/request";
import { deploy, isKnown, type Registered, value } from "../support/mocks";
import {
  CLUSTER_KEY_MARK,
  CONVERGE_RECORD,
  CREDENTIAL_MARK,
  KUBECONFIG_MARK,
  PRIVATE_KEY_MARK,
} from "../support/mockState";
import { scratch } from "../support/scratch";
import { configure, deployCluster, minimal, production, TYPE, usual } from "./support";

const PROGRAM = ["node", "--require=./runner/typescript.cjs", "kubespray/main.ts"];
const CONVERGE = "test-kubernetes-converge";
const MACHINES = ["test-cp-1", "test-cp-2", "test-cp-3", "test-general-1", "test-general-2"];

const commandNamed = async (name: string, settings: ClusterInput = usual) =>
  (await deployCluster(settings)).only(TYPE.command, name);

/** As a change of everything that is not the node's own: another pool, size, version, setting and environment. */
const changed: ClusterInput = {
  ...usual,
  environment: "staging",
  kubernetes: { version: "1.34.3", audit: { enabled: true } },
  kubespray: { forks: 7 },
  pools: { ...usual.pools, other: { count: 2, flavor: "large", labels: { a: "b" } } },
};

/** Every text in a value, at any depth. */
function textsOf(item: unknown): string[] {
  if (typeof item === "string") return [item];
  return typeof item === "object" && item !== null ? Object.values(item).flatMap(textsOf) : [];
}

describe("Kubernetes", () => {
  it("defaults: keys, one converge, a member for each node, the kubeconfig", async () => {
    const below = (await deployCluster(usual)).below("test-kubernetes");
    assert.deepEqual(
      below.map(({ type, name }) => `${type} ${name}`),
      [
        `${TYPE.command} ${CONVERGE}`,
        `${TYPE.command} test-kubernetes-keys`,
        `${TYPE.command} test-kubernetes-kubeconfig`,
        ...MACHINES.map((machine) => `${TYPE.command} test-kubernetes-member-${machine}`),
      ],
    );
  });

  describe("every Command", () => {
    let commands: Registered[];
    before(async () => {
      commands = (await deployCluster(usual)).below("test-kubernetes");
      assert.equal(commands.length, 3 + MACHINES.length);
    });

    it("is never replaced, gets no output of the last run, and shows status lines at most", () => {
      for (const { name, inputs } of commands) {
        assert.equal(inputs.triggers, undefined, name);
        assert.equal(inputs.addPreviousOutputInEnv, false, name);
        // Standard output is for results, which are secrets in some.
        assert.ok(["none", "stderr"].includes(inputs.logging), `${name} logs ${inputs.logging}`);
      }
    });

    it("runs the program by a relative path: the next run may be on another machine", () => {
      const here = [process.cwd(), scratch(), tmpdir()];
      for (const { name, inputs } of commands) {
        const { stdin, ...rest } = inputs;
        for (const text of textsOf(rest)) assert.doesNotMatch(text, /(^|[\s='"])\//, `${name} has a path`);
        for (const path of here) assert.ok(!String(stdin).includes(path), `${name} has ${path} in its stdin`);
        const runs = inputs.interpreter ?? String(inputs.delete).split(" ").slice(1, -1);
        assert.deepEqual(runs, PROGRAM, name);
      }
    });

    it("has secrets in one environment variable of converge and nowhere else", () => {
      const holders = commands.flatMap(({ name, secretInputs }) =>
        secretInputs.map((path) => `${name} ${path}`),
      );
      assert.deepEqual(holders, [`${CONVERGE} environment.OPENCENTER_SECRETS`]);
    });
  });

  describe("converge", () => {
    it("gets on its standard input what is wanted, as JSON, and no secret", async () => {
      const { inputs } = await commandNamed(CONVERGE);
      assert.equal(inputs.create, "converge");
      const request = JSON.parse(inputs.stdin) as { facts: CloudFacts };
      const expected = planRequest(configure(usual), request.facts);
      assert.deepEqual(request, JSON.parse(JSON.stringify(expected)));
      for (const mark of [CREDENTIAL_MARK, CLUSTER_KEY_MARK, PRIVATE_KEY_MARK, KUBECONFIG_MARK])
        assert.ok(!inputs.stdin.includes(mark), mark);
    });

    it("is told what the cloud made of the plan", async () => {
      const deployment = await deployCluster(usual);
      const { facts } = JSON.parse(deployment.only(TYPE.command, CONVERGE).inputs.stdin) as {
        facts: CloudFacts;
      };
      assert.deepEqual(Object.keys(facts.machines).sort(), MACHINES);
      assert.deepEqual(facts.machines["test-cp-2"], {
        address: "address-of-test-cp-2-port",
        serverId: "id-of-test-cp-2",
      });
      assert.deepEqual(facts.endpoint, {
        address: deployment.only(TYPE.loadBalancer).inputs.vipAddress,
        floatingIp: "address-of-test-api-floating-ip",
      });
      assert.equal(facts.bastion?.address, "address-of-test-bastion-access-floating-ip");
    });

    it("gets the cluster's keys and the credential in a secret input", async () => {
      const { inputs } = await commandNamed(CONVERGE);
      const secrets = runSecrets.parse(JSON.parse(inputs.environment.OPENCENTER_SECRETS));
      assert.equal(secrets.kubeadmCertificateKey, CLUSTER_KEY_MARK);
      assert.equal(secrets.encryptionToken, CLUSTER_KEY_MARK);
      const { OS_AUTH_URL, OS_REGION_NAME } = secrets.cloud;
      assert.equal(
        secrets.credential,
        digest(["id-of-test-cloud-controller", OS_AUTH_URL ?? "", OS_REGION_NAME ?? ""]),
        "another credential, or the same one elsewhere",
      );
      assert.match(secrets.cloud.OS_APPLICATION_CREDENTIAL_SECRET ?? "", new RegExp(CREDENTIAL_MARK));
    });

    it("waits for machines with their volumes, endpoint, jump host and DNS record", async () => {
      const deployment = await deployCluster(production);
      const waits = deployment.waitsFor(deployment.only(TYPE.command, "prod-kubernetes-converge"));
      for (const type of [TYPE.instance, TYPE.volumeAttach, TYPE.loadBalancer, TYPE.member, TYPE.recordSet]) {
        assert.ok(deployment.ofType(type).length > 0, type);
        for (const { name } of deployment.ofType(type)) assert.ok(waits.includes(name), `not for ${name}`);
      }
    });

    it("works without a jump host", async () => {
      const { inputs } = await commandNamed(CONVERGE, minimal);
      assert.equal((JSON.parse(inputs.stdin) as { facts: CloudFacts }).facts.bastion, undefined);
    });

    it("starts when the files are there that the other verbs read, with all that they need", async () => {
      const root = mkdtempSync(join(tmpdir(), "opencenter-converge-"));
      try {
        const config = configure(usual);
        const { converge, kubespraySecrets, sshPrivateKey, known } = statePaths(config);
        const files = [converge, kubespraySecrets, sshPrivateKey, known].map((path) => join(root, path));
        let seen: boolean[] | undefined;
        const onRegistration = ({ name }: Registered) => {
          if (name === CONVERGE) seen = files.map((file) => existsSync(file));
        };
        const deployment = await deploy(() => new Cluster(config.name, { config, root }), { onRegistration });
        assert.deepEqual(seen, [true, true, true, true]);
        const { stdin } = deployment.only(TYPE.command, CONVERGE).inputs;
        assert.equal(readFileSync(files[0]!, "utf8"), stdin);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    });
  });

  describe("a member", () => {
    it("does nothing but take its node out of the cluster when it is deleted", async () => {
      const { inputs } = await commandNamed("test-kubernetes-member-test-general-2");
      assert.equal(inputs.create, "true");
      assert.equal(inputs.update, "true");
      assert.equal(inputs.delete, `exec ${PROGRAM.join(" ")} remove-node`);
      assert.deepEqual(inputs.environment, {
        OPENCENTER_ORGANIZATION: "acme",
        OPENCENTER_CLUSTER: "test",
        OPENCENTER_NODE: "test-general-2",
      });
    });

    it("has inputs that change with nothing but its own name", async () => {
      for (const machine of MACHINES) {
        const name = `test-kubernetes-member-${machine}`;
        const [before, after] = [await commandNamed(name), await commandNamed(name, changed)];
        assert.deepEqual(after.inputs, before.inputs);
      }
      const converge = [await commandNamed(CONVERGE), await commandNamed(CONVERGE, changed)];
      assert.notEqual(converge[0]?.inputs.stdin, converge[1]?.inputs.stdin, "the change is none");
    });

    it("is made after its machine, and so deleted before it; after no other machine", async () => {
      const deployment = await deployCluster(usual);
      const member = deployment.only(TYPE.command, "test-kubernetes-member-test-general-1");
      assert.deepEqual(deployment.waitsFor(member), ["test-general-1", "test-general-1-port"]);
    });

    it("is in the state before converge runs: a machine that joined etcd in one that failed leaves it", async () => {
      const deployment = await deployCluster(usual);
      const waits = deployment.waitsFor(deployment.only(TYPE.command, CONVERGE));
      for (const machine of MACHINES) assert.ok(waits.includes(`test-kubernetes-member-${machine}`), machine);
    });

    it("is not run when the whole cluster goes", async () => {
      const deployment = await deployCluster(usual);
      const urn = deployment.resources.find(({ type }) => type === "opencenter:kubernetes:Kubernetes")?.urn;
      const members = deployment.ofType(TYPE.command).filter(({ name }) => name.includes("-member-"));
      assert.equal(members.length, MACHINES.length);
      for (const { name, deletedWith } of members) assert.equal(deletedWith, urn, name);
      const others = deployment.ofType(TYPE.command).filter((other) => !members.includes(other));
      for (const { name, deletedWith } of others) assert.equal(deletedWith, undefined, name);
    });
  });

  it("makes its keys once: no change is a reason to make them again", async () => {
    const keys = await commandNamed("test-kubernetes-keys");
    assert.equal(keys.inputs.create, "keys");
    assert.deepEqual(keys.ignoreChanges, ["*"]);
    assert.deepEqual([...keys.additionalSecretOutputs].sort(), ["stderr", "stdout"]);
    assert.deepEqual((await commandNamed("test-kubernetes-keys", changed)).inputs, keys.inputs);
  });

  it("protects its keys in production, and nothing else", async () => {
    const { resources } = await deployCluster(production);
    const own = ({ name }: Registered) => name.startsWith("prod-kubernetes-");
    const commands = resources.filter(
      (resource) => resource.type === TYPE.command && resource.protect && own(resource),
    );
    assert.deepEqual(
      commands.map(({ name }) => name),
      ["prod-kubernetes-keys"],
    );
  });

  it("offers the kubeconfig as a secret, read after converge, and not again at every change", async () => {
    const deployment = await deployCluster(usual);
    const { kubeconfig } = deployment.result.kubernetes;
    assert.equal(await value(kubeconfig), KUBECONFIG_MARK);
    assert.equal(await pulumi.isSecret(kubeconfig), true);
    const command = deployment.only(TYPE.command, "test-kubernetes-kubeconfig");
    assert.deepEqual([...command.additionalSecretOutputs].sort(), ["stderr", "stdout"]);
    assert.deepEqual(deployment.waitsFor(command), ["test-api-floating-ip", CONVERGE]);
    assert.deepEqual((await commandNamed(command.name, changed)).inputs, command.inputs);
  });

  it("reads the kubeconfig again when the API is somewhere else", async () => {
    const inputs = async (hostname: string) =>
      (await commandNamed("test-kubernetes-kubeconfig", { ...usual, apiEndpoint: { hostname } })).inputs;
    const named = await inputs("api.example.org");
    assert.equal(named.environment.OPENCENTER_API_URL, "https://api.example.org:6443");
    assert.notDeepEqual(await inputs("k8s.example.org"), named);
  });

  it("offers what converge wrote down, in the open", async () => {
    const { result, resources } = await deployCluster(usual);
    const { record } = result.kubernetes;
    assert.deepEqual(await value(record), CONVERGE_RECORD);
    assert.equal(await pulumi.isSecret(record), false);
    const component = resources.find(({ type }) => type === "opencenter:kubernetes:Kubernetes");
    assert.deepEqual(component?.outputs, { record: CONVERGE_RECORD });
  });

  it("survives a preview, where nothing is known, and writes nothing", async () => {
    const root = mkdtempSync(join(tmpdir(), "opencenter-preview-"));
    try {
      const config = configure(usual);
      const { result } = await deploy(() => new Cluster(config.name, { config, root }), { preview: true });
      assert.equal(await isKnown(result.kubernetes.kubeconfig), false);
      assert.equal(await pulumi.isSecret(result.kubernetes.kubeconfig), true);
      assert.equal(await isKnown(result.kubernetes.record), false);
      assert.equal(existsSync(join(root, "clusters")), false);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
