import assert from "node:assert/strict";
import fc from "fast-check";
import { certificatesRotationOf, renewed } from "../../../../cli/rotate/certificates";
import type { CertificatesWorld, Serials } from "../../../../cli/rotate/certificatesWorld";
import { parseCertificates } from "../../../../kubespray/certificates";
import { Fate, insist } from "./interrupted";

const FILES = ["ssl/apiserver.crt", "admin.conf"];

class Nodes implements CertificatesWorld {
  private counter = 100;
  files: Record<string, Record<string, string>>;
  kept: Serials | undefined;
  stackLogin = "01";
  renewals = 0;

  constructor(
    private readonly fate: Fate,
    names: readonly string[],
  ) {
    this.files = Object.fromEntries(
      names.map((name) => [name, { "ssl/apiserver.crt": "0A", "admin.conf": "01", served: "0A" }]),
    );
  }

  read = () =>
    this.fate.call(() =>
      Object.fromEntries(
        Object.entries(this.files).map(([node, files]) => [
          node,
          Object.fromEntries(
            Object.entries(files).map(([file, serial]) => [file, { serial, notAfter: "later" }]),
          ),
        ]),
      ),
    );

  async renew(node: string) {
    const files = this.files[node]!;
    const stale = Object.values(this.files).filter((one) => one["served"] !== one["ssl/apiserver.crt"]);
    assert.ok(
      stale.every((one) => one === files),
      "a second node was begun before the first one was ready",
    );
    this.renewals += 1;
    for (const file of FILES) await this.fate.call(() => (files[file] = (this.counter++).toString(16)));
    await this.fate.call(() => (files["served"] = files["ssl/apiserver.crt"]!));
  }

  note = () => this.fate.call(() => this.kept);
  writeNote = (serials: Serials) => this.fate.call(() => void (this.kept = serials));
  dropNote = () => this.fate.call(() => void (this.kept = undefined));
  login = () => this.fate.call(() => this.stackLogin);
  refreshLogin = () =>
    this.fate.call(() => void (this.stackLogin = Object.values(this.files)[0]!["admin.conf"]!));
}

const kills = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom("before" as const, "after" as const)), {
    maxLength: 6,
  })
  .map((list) => new Map(list));

describe("the renewal of the control plane's certificates", () => {
  it("gives every node others, one after the other, wherever it is killed", async () => {
    await fc.assert(
      fc.asyncProperty(kills, fc.constantFrom(["a"], ["a", "b", "c"]), async (deaths, names) => {
        const world = new Nodes(new Fate(deaths), names);
        const over = () => world.kept === undefined && world.stackLogin !== "01";
        await insist(() => certificatesRotationOf(world), deaths.size + 1, over);
        for (const files of Object.values(world.files)) {
          assert.ok(FILES.every((file) => !["0A", "01"].includes(files[file]!)));
          assert.equal(files["served"], files["ssl/apiserver.crt"]);
        }
        assert.ok(world.renewals <= names.length + deaths.size, `${world.renewals} renewals`);
        assert.ok(over());
      }),
      { numRuns: 300 },
    );
  });

  it("believes the API server, and not the file", () => {
    const before = { "ssl/apiserver.crt": "0A", served: "0A" };
    assert.equal(renewed({ "ssl/apiserver.crt": "0B", served: "0A" }, before), false);
    assert.equal(renewed({ "ssl/apiserver.crt": "0B", served: "0B" }, before), true);
    assert.equal(renewed({ "ssl/apiserver.crt": "A", served: "A" }, before), false);
    assert.equal(renewed({}, before), false);
  });

  it("reads what OpenSSL prints, and refuses anything else", () => {
    const line = "ssl/apiserver.crt serial=1C5F notAfter=Nov 24 02:00:00 2027 GMT\n\n";
    assert.deepEqual(parseCertificates(line), {
      "ssl/apiserver.crt": { serial: "1C5F", notAfter: "Nov 24 02:00:00 2027 GMT" },
    });
    assert.throws(() => parseCertificates("unable to load certificate"), /Not a line/);
  });
});
