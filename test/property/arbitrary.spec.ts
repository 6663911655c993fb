/** The other properties say something only as long as the configurations that they are tried on are valid and varied. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatIssue } from "../../config/issue";
import { validateStackValues } from "../../config/validate";
import { cluster, configOf, ORGANIZATION } from "../support/arbitraryCluster";

describe("arbitrary clusters", () => {
  it("are valid", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const { issues } = validateStackValues({ organization: ORGANIZATION, cluster: input });
        const errors = issues.filter((issue) => issue.severity === "error");
        assert.equal(errors.map((issue) => formatIssue(issue)).join("\n"), "");
      }),
      { numRuns: 200 },
    );
  });

  it("are of every kind", () => {
    const samples = fc.sample(cluster, 300).map(configOf);
    const seen = (what: (config: ReturnType<typeof configOf>) => unknown) =>
      [...new Set(samples.map(what))].sort();
    assert.deepEqual(
      seen(({ apiEndpoint }) => apiEndpoint.type),
      ["kube-vip", "octavia", "single"],
    );
    assert.deepEqual(
      seen(({ kubernetes: { cni, encapsulation } }) => `${cni} ${encapsulation}`),
      ["calico ipip", "calico none", "calico vxlan", "cilium none", "cilium vxlan"],
    );
    assert.deepEqual(
      seen(({ access }) => access.bastion.enabled),
      [false, true],
    );
    assert.deepEqual(
      seen(({ network }) => network.existing !== undefined),
      [false, true],
    );
    assert.deepEqual(
      seen(({ apiEndpoint }) => apiEndpoint.dns),
      ["designate", "none"],
    );
    assert.ok(samples.some(({ pools }) => Object.values(pools).some((pool) => pool.nodePorts.length > 1)));
    assert.ok(samples.some(({ pools }) => Object.values(pools).some((pool) => pool.volumes.length > 1)));
    assert.ok(samples.some(({ access }) => access.apiAllowedCidrs.includes("0.0.0.0/0")));
  });
});
