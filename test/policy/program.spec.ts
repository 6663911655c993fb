/** The program's own clusters, in shapes that the example stacks do not have: the rules have nothing against them. */
import assert from "node:assert/strict";
import { unknownCheckingProxy } from "@pulumi/policy";
import type { ClusterInput } from "../../config/schema";
import { plain } from "../../policy/adapter";
import { evaluate } from "../../policy/evaluate";
import type { Resource } from "../../policy/graph";
import { rules } from "../../policy/rules";
import { levelOf, type Settings } from "../../policy/settings";
import { deployCluster, minimal, production, usual } from "../components/support";
import type { Registered } from "../support/mocks";

const production3: ClusterInput = {
  ...production,
  pools: { ...production.pools, general: { count: 3, flavor: "large" } },
};

const CLUSTERS: Readonly<Record<string, ClusterInput>> = {
  minimal,
  defaults: usual,
  production: production3,
  "kube-vip, pods routed natively": {
    ...usual,
    environment: "staging",
    apiEndpoint: { type: "kube-vip" },
    kubernetes: { encapsulation: "none" },
  },
  "ovn in production": { ...production3, apiEndpoint: { ...production3.apiEndpoint, provider: "ovn" } },
};

function toResource(one: Registered, all: readonly Registered[]): Resource {
  const { type, name, urn, inputs, secretInputs, protect, ignoreChanges, additionalSecretOutputs, parent } =
    one;
  const provider = all.find((other) => one.provider?.startsWith(other.urn))?.name;
  // What is not known in a preview is a text of its own on the wire.
  const props = plain(unknownCheckingProxy(inputs)) as Record<string, unknown>;
  const secrets = new Set(secretInputs);
  return {
    type,
    name,
    urn,
    props,
    secrets,
    protect,
    ignoreChanges,
    additionalSecretOutputs,
    parent,
    provider,
    uses: {},
  };
}

describe("rules about the program's own clusters", () => {
  for (const [title, cluster] of Object.entries(CLUSTERS)) {
    for (const preview of [false, true])
      it(`have nothing against ${title}${preview ? ", in a first preview" : ""}`, async () => {
        const { resources } = await deployCluster(cluster, { preview });
        const all = [...resources];
        const graph = all.map((one) => toResource(one, all));
        assert.ok(graph.length > 20);
        const { environment, name } = cluster;
        const settings: Settings = {
          environment,
          cluster: name,
          organization: "acme",
          rules: {},
          problems: [],
        };
        const found = rules
          .filter((rule) => levelOf(rule, settings) === "mandatory")
          .flatMap((rule) =>
            evaluate(rule, graph, settings).map(({ message }) => `${rule.name}: ${message}`),
          );
        assert.deepEqual(found, []);
      });
  }
});
