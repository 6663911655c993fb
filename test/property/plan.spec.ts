/** What holds for the plan of any cluster. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { overlaps } from "../../config/address";
import { machinesOf, planCluster, type ClusterPlan } from "../../plan";
import { cluster, configOf, planOf } from "../support/arbitraryCluster";

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/** As JSON has it, where an absent value and an undefined one are the same. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}

function assertUnique(values: readonly string[]): void {
  assert.deepEqual(
    values.filter((value, index) => values.indexOf(value) !== index),
    [],
  );
}

/** Names by kind: OpenStack knows a thing by kind and name, and clean-up by name relies on it. */
function namesOf(plan: ClusterPlan): Record<string, string[]> {
  const groups = [plan.controlPlane, ...plan.pools];
  const serverGroups = groups.flatMap(({ serverGroup }) =>
    serverGroup === undefined ? [] : [serverGroup.name],
  );
  return {
    // A server group has the name of its pool, which must not be that of another pool's server.
    servers: [...machinesOf(plan).map((machine) => machine.name), ...serverGroups],
    volumes: machinesOf(plan).flatMap((machine) => machine.volumes.map((volume) => volume.name)),
    securityGroups: plan.securityGroups.map((group) => group.name),
  };
}

describe("any plan", () => {
  it("has each node of the configuration exactly once, in its own pool", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const wanted = [
          ...config.controlPlane.nodes.map((node) => `cp ${node}`),
          ...Object.entries(config.pools).flatMap(([pool, { nodes }]) =>
            nodes.map((node) => `${pool} ${node}`),
          ),
        ];
        const plan = planCluster(config);
        const planned = [plan.controlPlane, ...plan.pools].flatMap((group) =>
          group.machines.map((machine) => {
            assert.equal(machine.pool, group.pool);
            assert.equal(machine.role, group.role);
            return `${group.pool} ${machine.ordinal}`;
          }),
        );
        assert.deepEqual(planned.sort(), wanted.sort());
        const nodes = machinesOf(plan).filter((machine) => machine.role !== "bastion");
        assert.equal(nodes.length, wanted.length);
      }),
    );
  });

  it("has unique names, and host names of 63 characters at most", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const plan = planOf(input);
        for (const names of Object.values(namesOf(plan))) assertUnique(names);
        for (const { name } of machinesOf(plan)) assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  it("begins every name with the cluster's, which tells clusters of a project apart", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const plan = planOf(input);
        const names = [...Object.values(namesOf(plan)).flat(), plan.apiEndpoint.name];
        assert.deepEqual(
          names.filter((name) => !name.startsWith(`${input.name}-`)),
          [],
        );
      }),
    );
  });

  it("follows from the configuration alone, leaves it as it is, and is plain data", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = deepFreeze(configOf(input));
        const plan = planCluster(config);
        assert.deepEqual(planCluster(configOf(structuredClone(input))), plan);
        assert.deepEqual(JSON.parse(JSON.stringify(plan)), withoutUndefined(plan));
      }),
    );
  });

  it("has the control plane, all of it and nothing else, behind the load balancer", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const { apiEndpoint, controlPlane } = planOf(input);
        const machines = controlPlane.machines.map((machine) => machine.name);
        assert.deepEqual(
          apiEndpoint.loadBalancer?.members,
          apiEndpoint.type === "octavia" ? machines : undefined,
        );
      }),
    );
  });

  it("lets nodes, pods and Services have networks of their own", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const { network, kubernetes } = configOf(input);
        assert.ok(!overlaps(network.cidr, kubernetes.podCidr));
        assert.ok(!overlaps(network.cidr, kubernetes.serviceCidr));
        assert.ok(!overlaps(kubernetes.podCidr, kubernetes.serviceCidr));
      }),
    );
  });

  it("carries the tags that clean-up looks for on everything", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const plan = planOf(input);
        const own = ["opencenter", "opencenter-organization=acme", `opencenter-cluster=${input.name}`];
        for (const { tags } of [plan, ...machinesOf(plan)]) {
          assert.deepEqual(tags.slice(0, own.length), own);
          assertUnique([...tags]);
        }
      }),
    );
  });
});
