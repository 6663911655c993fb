import assert from "node:assert/strict";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { Teardown } from "../../components/teardown";
import { deploy } from "../support/mocks";
import { KUBECONFIG_MARK } from "../support/mockState";
import { deployCluster, TYPE, usual } from "./support";

async function teardown(more = {}) {
  const deployment = await deploy(() => {
    const commands = new command.Provider("commands");
    const inside = new command.local.Command("inside", { create: "true" }, { provider: commands });
    return new Teardown("teardown", {
      ...{ cluster: { organization: "acme", name: "test" }, timeoutSeconds: 900, skipUnreachable: false },
      ...{ kubeconfig: pulumi.output(KUBECONFIG_MARK), commands, before: [inside], ...more },
    });
  });
  return { deployment, made: deployment.only(TYPE.command, "teardown") };
}

describe("Teardown", () => {
  it("does nothing but clean up when it is deleted", async () => {
    const { inputs } = (await teardown()).made;
    assert.equal(inputs.create, "true");
    assert.equal(inputs.update, "true");
    assert.equal(inputs.delete, "exec node --require=./runner/typescript.cjs delivery/main.ts teardown");
    assert.equal(inputs.triggers, undefined);
  });

  it("carries what it needs in its inputs, the kubeconfig secret: a destroy does not run the program", async () => {
    const { inputs, secretInputs } = (await teardown({ skipUnreachable: true })).made;
    assert.deepEqual(inputs.environment, {
      OPENCENTER_ORGANIZATION: "acme",
      OPENCENTER_CLUSTER: "test",
      OPENCENTER_KUBECONFIG: KUBECONFIG_MARK,
      OPENCENTER_TEARDOWN_SECONDS: "900",
      OPENCENTER_SKIP_UNREACHABLE: "true",
    });
    assert.ok(secretInputs.some((path) => path.startsWith("environment")));
  });

  it("goes before everything that lives in the cluster", async () => {
    const { deployment, made } = await teardown();
    assert.ok(deployment.waitsFor(made).includes("inside"));
  });

  it("is there for every cluster, and comes after Kubernetes", async () => {
    const deployment = await deployCluster(usual);
    const made = deployment.only(TYPE.command, "test-teardown");
    for (const name of ["test-kubernetes-converge", "test-kubernetes-kubeconfig"])
      assert.ok(deployment.waitsFor(made).includes(name), name);
    assert.equal(made.deletedWith, undefined, "or a destroy would skip it");
  });
});
