/** A rotation brings in what is its own, and nothing that somebody merged while it waited. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { validateStackValues } from "../../../../config/validate";
import type { DigestStep } from "../../../../cli/drift/cloud/digest";
import type { Operation, Target } from "../../../../cli/operation";
import { OWN as OWN_OF, type Rotated } from "../../../../cli/rotate/own";
import { Subject } from "../../../../cli/rotate/rotation";
import { base } from "../../../property/everyKey";
import { repository } from "../support/bin";
import { scratch } from "../../../support/scratch";

const COMMAND = "command:local:Command";
const SERVER = "openstack:compute/instance:Instance";
const CREDENTIAL = "openstack:identity/applicationCredential:ApplicationCredential";
const step = (op: string, type: string, name: string, stdin?: readonly [string, string]): DigestStep => ({
  op,
  urn: `urn:pulumi:prod::opencenter::a$b$${type}::${name}`,
  ...(stdin && {
    oldState: { type, inputs: { stdin: stdin[0] } },
    newState: { type, inputs: { stdin: stdin[1] } },
  }),
});

const { config } = validateStackValues(base);
assert.ok(config !== undefined);
/** Of a cluster that is called prod, and has every service. */
const OWN = Object.fromEntries(
  Object.entries(OWN_OF).map(([what, own]) => [
    what,
    (one: DigestStep) => own(one, { ...config, name: "prod" }),
  ]),
) as Readonly<Record<Rotated, (one: DigestStep) => boolean>>;

const poolGone = step("delete", SERVER, "prod-general-3");
const converge = (op: string, ...stdin: [string, string]) =>
  step(op, COMMAND, "prod-kubernetes-converge", stdin);

/** A stack whose file on the disk is the minimal one, and whose preview has these steps. */
function subjectOf(what: Rotated, steps: readonly DigestStep[]) {
  const path = join(mkdtempSync(join(scratch(), "rotate-")), "Pulumi.prod.yaml");
  const before = readFileSync(join(repository, "stacks/Pulumi.minimal.yaml"), "utf8");
  writeFileSync(path, before);
  const [previews, ups]: [string[][], string[][]] = [[], []];
  const open = (): Target =>
    ({
      stack: "prod",
      config,
      file: { path, shown: "Pulumi.prod.yaml", text: readFileSync(path, "utf8") },
      pulumi: async (args: string[]) => (previews.push(args), JSON.stringify({ steps })),
      showPulumi: async (args: string[]) => (ups.push(args), 0),
      forget: () => {},
      reopened: open,
    }) as unknown as Target;
  const subject = new Subject({ target: open() } as Operation, OWN_OF[what]);
  return { subject, path, before, previews, ups };
}

const edits = [{ path: ["secrets", "age", "generations"], value: [1, 2] }];

describe("what a rotation brings in", () => {
  it("is refused along with what somebody merged while it waited; file and stack stay as they are", async () => {
    const { subject, path, before, ups } = subjectOf("age", [poolGone]);
    await assert.rejects(subject.change(edits), /not brought in yet: delete prod-general-3\./);
    assert.deepEqual([readFileSync(path, "utf8"), ups], [before, []]);
  });

  it("is what it left itself when it was interrupted", async () => {
    const left = [
      step("create", COMMAND, "prod-platform-age-2"),
      step("update", COMMAND, "prod-platform-repository-publish"),
      step("update", "kubernetes:core/v1:Secret", "prod-platform-flux-sops-age"),
    ];
    const { subject, path, ups } = subjectOf("age", left);
    await subject.change(edits);
    assert.match(readFileSync(path, "utf8"), /generations:/);
    assert.equal(ups.length, 1);
  });

  it("is looked at with the flags of its own run, too", async () => {
    const { subject, previews, ups } = subjectOf("kubeadm-certs", [
      step("replace", COMMAND, "prod-kubernetes-kubeconfig"),
      poolGone,
    ]);
    await assert.rejects(subject.up(["--replace", "u"]), /delete prod-general-3\./);
    assert.deepEqual([previews, ups], [[["preview", "--json", "--replace", "u"]], []]);
  });

  it("does not write over what somebody wrote meanwhile", async () => {
    const { subject, path, ups } = subjectOf("age", []);
    writeFileSync(path, "# pulled\n", { flag: "a" });
    await assert.rejects(subject.change(edits), /Pulumi\.prod\.yaml has changed since it was read/);
    assert.match(readFileSync(path, "utf8"), /# pulled\n$/);
    assert.deepEqual(ups, []);
  });
});

describe("a rotation's own steps", () => {
  it("have the playbooks for another secret, never for another version or node", () => {
    for (const what of ["app-credential", "encryption-key"] as const) {
      assert.ok(OWN[what](converge("update", "v1.33", "v1.33")));
      assert.ok(!OWN[what](converge("update", "v1.33", "v1.34")));
      assert.ok(!OWN[what](step("update", COMMAND, "prod-kubernetes-converge")));
      assert.ok(!OWN[what](converge("replace", "v1.33", "v1.33")));
    }
    for (const what of ["age", "ssh", "kubeadm-certs"] as const)
      assert.ok(!OWN[what](converge("update", "v1.33", "v1.33")), what);
  });

  it("let what is rotated come and go, and nothing of the others", () => {
    const rotated: Readonly<Record<Rotated, DigestStep>> = {
      age: step("delete", COMMAND, "prod-platform-age-1"),
      "app-credential": step("delete", CREDENTIAL, "prod-cloud-controller"),
      ssh: step("delete", "tls:index/privateKey:PrivateKey", "prod-ssh-g1"),
      "kubeadm-certs": step("replace", COMMAND, "prod-kubernetes-kubeconfig"),
      "encryption-key": step("create", COMMAND, "prod-kubernetes-encryption-key-g2"),
    };
    const all = Object.keys(rotated) as Rotated[];
    for (const what of all)
      assert.deepEqual(
        all.filter((other) => OWN[what](rotated[other])),
        [what],
      );
  });

  it("have every generation of every login that the cluster needs", () => {
    const own = OWN["app-credential"];
    for (const name of [
      "prod-cloud-controller-g2",
      "prod-platform-cinder-csi",
      "prod-platform-cinder-csi-g3",
    ])
      assert.ok(own(step("create", CREDENTIAL, name)), name);
  });

  it("take nothing away that holds data, or that another key is derived from", () => {
    const others = [
      poolGone,
      step("update", SERVER, "prod-general-1"),
      step("delete", "openstack:blockstorage/volume:Volume", "prod-general-1-data"),
      step("delete", COMMAND, "prod-platform-repository-seed"),
      step("delete", COMMAND, "prod-kubernetes-keys"),
      step("delete", COMMAND, "prod-platform-repository-publish"),
      step("delete", "tls:index/privateKey:PrivateKey", "prod-platform-repository-deploy-key"),
      // Of a service that was taken out of the file, and still runs.
      step("delete", CREDENTIAL, "prod-platform-left-out"),
    ];
    for (const [what, own] of Object.entries(OWN))
      assert.deepEqual(
        others.filter((one) => own(one)),
        [],
        what,
      );
  });
});
