/**
 * URNs are public: users name them in `--target`, in imports and in policies, and Pulumi knows a resource by nothing
 * else. The lists hold the full set for three configurations.
 */
import assert from "node:assert/strict";
import type { Registered } from "../support/mocks";
import { deployCluster, minimal, production, usual } from "./support";
import { minimalUrns } from "./urns/minimal";
import { productionUrns } from "./urns/production";
import { usualUrns } from "./urns/usual";

/** Names by their types and those of their parents. */
type Urns = Readonly<Record<string, readonly string[]>>;

const MEANING =
  "A URN that is gone means that Pulumi deletes that resource in every cluster that exists, and one that is new " +
  "that it makes another: for a renamed server or volume, that is lost data. Keep the old name or type, or give " +
  "the resource `aliases` with the old one for a release. Change the list in test/components/urns/ only then, " +
  "or when a resource really was added or removed, and say so in the release notes.";

function lines(urns: Urns): string[] {
  return Object.entries(urns)
    .flatMap(([types, names]) => names.map((name) => `${types}::${name}`))
    .sort();
}

function withoutStack({ urn }: Registered): string {
  return urn.split("::").slice(2).join("::");
}

function assertUrns(resources: readonly Registered[], expected: Urns): void {
  const actual = resources.map(withoutStack);
  const known = lines(expected);
  const gone = known.filter((urn) => !actual.includes(urn));
  const added = actual.filter((urn) => !known.includes(urn)).sort();
  const report = [...gone.map((urn) => `  gone: ${urn}`), ...added.map((urn) => `  new:  ${urn}`)];
  assert.ok(report.length === 0, `URNs have changed:\n${report.join("\n")}\n${MEANING}`);
}

describe("URNs", () => {
  const cases = [
    ["a minimal cluster", minimal, minimalUrns],
    ["a cluster of defaults, as the sandbox has it", usual, usualUrns],
    ["a production cluster", production, productionUrns],
  ] as const;

  for (const [title, settings, expected] of cases) {
    it(`of ${title} are the known ones`, async () => {
      const { resources } = await deployCluster(settings);
      assertUrns(resources, expected);
    });

    it(`of ${title} are the same in a preview, where no id is known`, async () => {
      const { resources } = await deployCluster(settings, { preview: true });
      assertUrns(resources, expected);
    });
  }

  it("that change are reported with what that means", async () => {
    const { resources } = await deployCluster({
      ...minimal,
      pools: { other: { count: 1, flavor: "medium" } },
    });
    assert.throws(
      () => assertUrns(resources, minimalUrns),
      /gone: .*::test-general-1\n[^]*new: .*::test-other-1\n[^]*lost data/,
    );
  });
});
