import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressAt,
  addressCount,
  compareAddresses,
  contains,
  etherType,
  hostCidr,
  inRange,
  isAddress,
  isCidr,
  isWorld,
  networkOf,
  overlaps,
  prefixLength,
  rangeSize,
} from "../../../config/address";

const v4 = fc
  .integer({ min: 0, max: 0xffffffff })
  .map((n) => [24, 16, 8, 0].map((s) => (n >>> s) & 255).join("."));
const v6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((word) => word.toString(16)).join(":"));
const cidr4 = fc
  .tuple(v4, fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => networkOf(`${address}/${prefix}`));
const cidr6 = fc
  .tuple(v6, fc.integer({ min: 0, max: 128 }))
  .map(([address, prefix]) => networkOf(`${address}/${prefix}`));
const cidr = fc.oneof(cidr4, cidr6);

/** The addresses of an IPv4 network by arithmetic of its own, to compare with. */
function bounds(network: string): [number, number] {
  const [address = "", prefix = ""] = network.split("/");
  const start = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return [start, start + 2 ** (32 - Number(prefix)) - 1];
}

describe("addresses", () => {
  it("tells addresses from networks and from neither", () => {
    for (const text of ["10.0.0.1", "::1", "2001:db8::7"]) assert.ok(isAddress(text), text);
    for (const text of ["10.0.0.1/24", "10.0.0", "10.0.0.256", "host", "", "10.0.0.0.1", "1:2"])
      assert.ok(!isAddress(text), text);
    for (const text of ["10.0.0.0/8", "10.0.0.7/8", "::/0", "2001:db8::/32"]) assert.ok(isCidr(text), text);
    for (const text of ["10.0.0.0", "10.0.0.0/33", "::/129", "/8", "x/8", "10.0.0.0/", "10.0.0.0/a"])
      assert.ok(!isCidr(text), text);
  });

  it("counts from both ends", () => {
    assert.equal(addressAt("10.20.0.0/22", 0), "10.20.0.0");
    assert.equal(addressAt("10.20.0.0/22", 10), "10.20.0.10");
    assert.equal(addressAt("10.20.0.0/22", 256), "10.20.1.0");
    assert.equal(addressAt("10.20.0.0/22", -1), "10.20.3.255");
    assert.equal(addressAt("10.20.0.0/22", -2), "10.20.3.254");
    assert.equal(addressAt("2001:db8::/64", 1), "2001:db8::1");
    assert.equal(addressAt("2001:db8::/64", -1), "2001:db8::ffff:ffff:ffff:ffff");
    assert.equal(addressCount("10.20.0.0/22"), 1024n);
    assert.equal(addressCount("::/0"), 2n ** 128n);
  });

  it("knows the world, families and single hosts", () => {
    assert.ok(isWorld("0.0.0.0/0") && isWorld("::/0") && !isWorld("0.0.0.0/1"));
    assert.equal(etherType("::1"), "IPv6");
    assert.equal(etherType("10.0.0.0/8"), "IPv4");
    assert.equal(hostCidr("10.0.0.1"), "10.0.0.1/32");
    assert.equal(hostCidr("::1"), "::1/128");
    assert.ok(!contains("0.0.0.0/0", "::1") && !overlaps("0.0.0.0/0", "::/0"));
  });

  it("takes ranges with both ends", () => {
    const range = { start: "10.0.0.10", end: "10.0.0.20" };
    assert.equal(rangeSize(range), 11n);
    assert.equal(rangeSize({ start: range.end, end: range.start }), 0n);
    assert.ok(inRange(range, "10.0.0.10") && inRange(range, "10.0.0.20"));
    assert.ok(!inRange(range, "10.0.0.9") && !inRange(range, "10.0.0.21"));
  });

  it("throws on what is no address", () => {
    assert.throws(() => networkOf("banana"), /banana/);
  });
});

describe("properties of addresses", () => {
  it("a network is the network of each of its addresses", () => {
    fc.assert(
      fc.property(cidr, fc.nat({ max: 5000 }), (network, n) => {
        const inside = Number(BigInt(n) % addressCount(network));
        const address = addressAt(network, inside);
        assert.ok(contains(network, address));
        assert.equal(networkOf(`${address}/${prefixLength(network)}`), network);
      }),
    );
  });

  it("overlap is symmetric, and is containment one way or the other", () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        assert.equal(overlaps(a, b), overlaps(b, a));
        assert.equal(overlaps(a, b), contains(a, b) || contains(b, a));
      }),
    );
  });

  it("overlap of IPv4 networks agrees with plain arithmetic", () => {
    fc.assert(
      fc.property(cidr4, cidr4, (a, b) => {
        const [[firstA, lastA], [firstB, lastB]] = [bounds(a), bounds(b)];
        assert.equal(overlaps(a, b), firstA <= lastB && firstB <= lastA);
      }),
    );
  });

  it("a network contains its halves, and they do not overlap", () => {
    fc.assert(
      fc.property(
        cidr.filter((network) => addressCount(network) > 1n),
        (network) => {
          const prefix = prefixLength(network) + 1;
          const halves = [addressAt(network, 0), addressAt(network, -1)].map((end) =>
            networkOf(`${end}/${prefix}`),
          );
          assert.ok(halves.every((half) => contains(network, half) && !contains(half, network)));
          assert.ok(!overlaps(halves[0]!, halves[1]!));
        },
      ),
    );
  });

  it("order agrees with counting", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1023 }), fc.nat({ max: 1023 }), (a, b) => {
        const [x, y] = [addressAt("10.20.0.0/22", a), addressAt("10.20.0.0/22", b)];
        assert.equal(Math.sign(compareAddresses(x, y)), Math.sign(a - b));
        assert.equal(rangeSize({ start: x, end: y }), BigInt(Math.max(0, b - a + 1)));
      }),
    );
  });
});
