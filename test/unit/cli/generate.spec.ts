import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { validateStackFile } from "../../../config/validate";
import { makeAgeIdentity } from "../../../delivery/identity";
import { plainSecret, type Seal, sealSecret, sopsRules } from "../../../delivery/seal/secret";
import { renderTree, sealedFiles } from "../../../gitops";
import type { SecretValues } from "../../../gitops/types";
import { makeProject, opencenter, repository, STACK_TRACE } from "./support/bin";

const stack = readFileSync(join(repository, "stacks", "Pulumi.production.yaml"), "utf8");
const { config } = validateStackFile(stack);
assert.ok(config !== undefined);
const tree = renderTree(config);

const COMPONENTS = "clusters/production/flux-system/gotk-components.yaml";
const VALUES = "overlays/production/services/velero/values.yaml";
const README = "overlays/production/customer-managed/README.md";
const SECRET = "overlays/production/services/cinder-csi/secret-cinder-csi-cloud-config.yaml";

const login = (name: string) => ({
  authUrl: "https://keystone.example.com",
  region: "r",
  id: name,
  secret: "x",
});
const values: SecretValues = {
  credentials: { "cinder-csi": login("csi"), velero: login("velero"), "cert-manager": login("acme") },
  password: (name) => name,
};

async function newSeal(): Promise<Seal> {
  const { identity, recipient } = JSON.parse(await makeAgeIdentity()) as Record<string, string>;
  return { recipients: [recipient!], identities: [identity!], digestKey: Buffer.alloc(32) };
}

/** What `pulumi up` adds to the generated files. */
async function sealed(seal: Seal): Promise<Record<string, string>> {
  const files: Record<string, string> = { "overlays/production/.sops.yaml": sopsRules(seal.recipients) };
  for (const file of sealedFiles(config!))
    files[file.path] = await sealSecret(plainSecret(file, values, seal), seal);
  return files;
}

describe("opencenter generate", function () {
  this.timeout(30_000);
  this.slow(8_000);

  let project: ReturnType<typeof makeProject>;
  let folder: string;
  beforeEach(() => {
    project = makeProject();
    folder = join(project.folder, "clusters/gitops/acme");
    writeStack(stack);
  });
  afterEach(() => project.remove());

  const writeStack = (text: string) =>
    writeFileSync(join(project.folder, "stacks", "Pulumi.production.yaml"), text);
  const generate = (...args: string[]) =>
    opencenter(["generate", "production", ...args], { cwd: project.folder });
  const put = (files: Readonly<Record<string, string>>, root = folder) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const present = (root = folder) =>
    new Map(
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path): [string, string] => [path.slice(root.length + 1), readFileSync(path, "utf8")])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );

  it("writes exactly what pulumi up publishes, and says what is left to it", async () => {
    const { code, stdout, stderr } = await generate();
    assert.equal(code, 0, stderr);
    assert.deepEqual([...present()], [...tree]);
    assert.match(stdout, new RegExp(`^\\+ ${VALUES}$`, "m"));
    assert.match(stdout, new RegExp(`clusters/gitops/acme: ${tree.size} written, 0 removed`));
    assert.match(stderr, new RegExp(`${COMPONENTS} is left out: pulumi up fetches`));
    const again = await generate();
    assert.match(
      again.stdout,
      new RegExp(`^clusters/gitops/acme: all ${tree.size} files are as they should be`),
    );
  });

  it("writes to another folder when told so", async () => {
    const { code, stdout } = await generate("--out", "elsewhere");
    assert.equal(code, 0);
    assert.match(stdout, /^elsewhere: /m);
    assert.deepEqual([...present(join(project.folder, "elsewhere"))], [...tree]);
    assert.ok(!existsSync(folder));
  });

  it("removes what is no longer generated, and nothing else", async () => {
    await generate();
    const kept = {
      [README]: "mine\n",
      "overlays/production/customer-managed/kustomization.yaml": "mine\n",
      "overlays/production/customer-managed/app/deployment.yaml": "mine\n",
      "overlays/production/services/velero/notes.md": "somebody else's\n",
      "overlays/other/services/harbor/values.yaml": tree.get(VALUES)!,
      "overlays/other/services/harbor/kustomization.yaml": "resources: [../../../../base/0123456789ab/x]\n",
      "base/0123456789ab/services/harbor/release.yaml": tree.get(VALUES)!,
      "docs/notes.md": "mine\n",
      ...(await sealed(await newSeal())),
    };
    const stale = {
      "overlays/production/services/harbor/values.yaml": tree.get(VALUES)!,
      "base/ba9876543210/services/harbor/release.yaml": tree.get(VALUES)!,
    };
    put({ ...kept, ...stale });
    const { code, stdout } = await generate();
    assert.equal(code, 0);
    for (const [path, text] of Object.entries(kept))
      assert.equal(readFileSync(join(folder, path), "utf8"), text, path);
    for (const path of Object.keys(stale)) {
      assert.ok(!existsSync(join(folder, path)), path);
      assert.match(stdout, new RegExp(`^- ${path}$`, "m"));
    }
    assert.match(stdout, /0 written, 2 removed/);
  });

  it("--check says which files differ, and changes nothing", async () => {
    await generate();
    put({ ...(await sealed(await newSeal())), [VALUES]: "changed\n", [README]: "mine\n" });
    rmSync(join(folder, "clusters/production/namespaces.yaml"));
    const before = [...present()];
    const { code, stdout } = await generate("--check");
    assert.equal(code, 1);
    assert.deepEqual(stdout.split("\n").slice(0, 2), [
      "+ clusters/production/namespaces.yaml",
      `~ ${VALUES}`,
    ]);
    assert.match(stdout, /^Write them: npx opencenter generate production$/m);
    assert.match(stdout, /^clusters\/gitops\/acme is not up to date: 2 file\(s\) differ\.$/m);
    assert.deepEqual([...present()], before);
  });

  it("--check ends with 0 when everything is there, encrypted for the same", async () => {
    await generate();
    const files = await sealed(await newSeal());
    put(files);
    const right = await generate("--check");
    assert.equal(right.code, 0, right.stdout);
    assert.match(right.stdout, /^clusters\/gitops\/acme is up to date\.$/m);
    const others = await sealed(await newSeal());
    put({ [SECRET]: others[SECRET]! });
    const other = await generate("--check");
    assert.equal(other.code, 1);
    assert.match(
      other.stdout,
      new RegExp(`${SECRET} is encrypted for others than overlays/production/\\.sops`),
    );
  });

  it("--check names encrypted files that are missing, or in clear text", async () => {
    await generate();
    put({ ...(await sealed(await newSeal())), [SECRET]: "kind: Secret\nstringData: {a: b}\n" });
    rmSync(join(folder, "overlays/production/.sops.yaml"));
    const { code, stdout } = await generate("--check");
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^${SECRET} is NOT ENCRYPTED`, "m"));
    assert.match(stdout, /^overlays\/production\/\.sops\.yaml is missing: pulumi up writes it$/m);
    assert.doesNotMatch(stdout, /Write them/);
  });

  it("takes Flux's manifests from the configured file, and checks them", async () => {
    put({ "install.yaml": "kind: Namespace\n" }, project.folder);
    const manifests = (sha256 = "") =>
      stack.replace(/^( +)gitops:\n/m, `$&$1  flux: {manifests: {file: install.yaml${sha256}}}\n`);
    writeStack(manifests());
    const { code, stderr } = await generate();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /is left out/);
    assert.equal(present().get(COMPONENTS), "kind: Namespace\n");
    writeStack(manifests(`, sha256: ${"a".repeat(64)}`));
    const wrong = await generate("--check");
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /install\.yaml is not what it should be/);
  });

  it("keeps Flux's manifests that the folder has", async () => {
    put({ [COMPONENTS]: "kind: Namespace\n" });
    const { code, stderr } = await generate();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /is left out/);
    assert.equal(present().get(COMPONENTS), "kind: Namespace\n");
  });

  it("prints the same as JSON", async () => {
    await generate();
    put({ [VALUES]: "changed\n" });
    const check = await generate("--check", "--json");
    assert.deepEqual([check.code, check.stderr], [1, ""]);
    const { problems, missing, ...report } = JSON.parse(check.stdout) as Record<string, unknown>;
    assert.deepEqual(report, {
      folder: "clusters/gitops/acme",
      upToDate: false,
      files: [{ path: VALUES, change: "changed" }],
    });
    assert.equal((problems as string[]).length, 1 + sealedFiles(config).length);
    assert.match(String(missing), /is left out/);
    await generate("--json");
    const { upToDate } = JSON.parse((await generate("--json")).stdout) as { upToDate: boolean };
    assert.equal(upToDate, true);
  });

  it("refuses what is not valid, has no repository, or cannot be written, in words", async () => {
    const cases: [text: string, code: number, words: RegExp][] = [
      ["config: {opencenter:cluster: {}}\n", 1, /Pulumi\.production\.yaml is not valid/],
      [stack.replace(/^ {4}gitops:\n(?: {6}.*\n)+/m, ""), 1, /has no gitops part[^]*gitops\.repository\.url/],
    ];
    for (const [text, wanted, words] of cases) {
      writeStack(text);
      const { code, stderr } = await generate();
      assert.equal(code, wanted, stderr);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, STACK_TRACE);
    }
    writeStack(stack);
    put({ file: "" }, project.folder);
    const blocked = await generate("--out", "file/below");
    assert.equal(blocked.code, 2);
    assert.match(blocked.stderr, /file\/below.* cannot be (read|written)/);
    assert.doesNotMatch(blocked.stderr, STACK_TRACE);
    const unknown = await opencenter(["generate", "prodction"], { cwd: project.folder });
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /there is no stack prodction[^]*Did you mean production/);
  });
});
