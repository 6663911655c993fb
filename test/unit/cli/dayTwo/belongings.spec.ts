import assert from "node:assert/strict";
import fc from "fast-check";
import {
  hasMetadata,
  hasTags,
  isClaimedVolume,
  isDescribedAsOf,
  isKeyPair,
  isServiceBalancer,
} from "../../../../cli/belongings/match";
import type { Owner } from "../../../../cli/belongings/types";
import { ownTags } from "../../../../plan/names";

const owner = (organization: string, cluster: string): Owner => ({
  organization,
  cluster,
  names: { serverGroups: [], keyPairPrefix: `${cluster}-`, records: [] },
});

const metadata = (organization: string, cluster: string) => ({
  "opencenter-organization": organization,
  "opencenter-cluster": cluster,
});

/** Names of clusters, and what is easily taken for them. */
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,3}){0,2}$/);
const lookAlike = (one: string) =>
  fc.oneof(
    name,
    fc.constantFrom(`${one}-2`, `${one}2`, `my${one}`, `x-${one}`, `${one}-1-1`, one.slice(0, -1) || "x"),
  );

describe("what belongs to a cluster", () => {
  it("is its own, and never that of a cluster that is called alike", () => {
    const pair = name.chain((one) => fc.tuple(fc.constant(one), lookAlike(one), name, name));
    fc.assert(
      fc.property(pair, ([mine, other, organization, elsewhere]) => {
        const me = owner(organization, mine);
        for (const [theirs, where] of [
          [mine, organization],
          [other, organization],
          [mine, elsewhere],
        ] as const) {
          const same = theirs === mine && where === organization;
          const tags = ["x", ...ownTags({ organization: where, name: theirs })];
          assert.equal(hasTags({ id: "1", tags }, me), same);
          assert.equal(hasMetadata(metadata(where, theirs), me), same);
        }
        const service = { id: "1", name: `kube_service_${other}_default_web` };
        assert.equal(isServiceBalancer(service, me), other === mine);
        const description = `Floating IP for Kubernetes external service default/web from cluster ${other}`;
        assert.equal(isDescribedAsOf({ id: "1", description }, me), other === mine);
        const claimed = { id: "1", metadata: { "cinder.csi.openstack.org/cluster": other } };
        assert.equal(isClaimedVolume(claimed, me), other === mine);
      }),
      { numRuns: 500 },
    );
  });

  it("are key pairs of any generation, and not a node's or another cluster's", () => {
    const me = owner("acme", "prod");
    assert.ok(isKeyPair("prod-g1", me) && isKeyPair("prod-g12", me));
    for (const other of ["prod-g", "prod", "prod-1", "prod-2-g1", "prod-x", "myprod-g1", "prod-g1a"])
      assert.ok(!isKeyPair(other, me), other);
  });

  it("is nothing where there are no tags at all", () => {
    const me = owner("acme", "prod");
    assert.ok(!hasTags({ id: "1" }, me) && !hasTags({ id: "1", tags: null }, me));
    assert.ok(!hasTags({ id: "1", tags: ["opencenter-cluster=prod"] }, me), "the organisation is missing");
    assert.ok(!hasMetadata(undefined, me) && !hasMetadata(null, me));
  });
});
