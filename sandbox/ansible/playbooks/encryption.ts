/** Encryption at rest: as Kubespray's role writes its file, and the program's encryption.yml. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { localhost, type Play, type Run, type Task } from "../engine";
import { TaskFailure } from "../errors";
import { type Host, isTrue, textOf } from "../inventory";
import { controlPlane } from "./common";

interface Key {
  readonly name: string;
  readonly secret: string;
}

type Provider = Readonly<Record<string, { readonly keys?: readonly Key[] }>>;

function keysOf(file: string): readonly Key[] {
  const { resources } = parse(file) as { resources: { providers: Provider[] }[] };
  return resources.flatMap(({ providers }) =>
    providers.flatMap((provider) => Object.values(provider).flatMap(({ keys = [] }) => keys)),
  );
}

function fileOf(algorithm: string, keys: readonly Key[]): string {
  const providers = [{ [algorithm]: { keys } }, { identity: {} }];
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers }],
  });
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** One key, called `key`, with the value of the first that any node has; a new cluster takes it from the variables. */
export const writeEncryption: Task = {
  name: "kubernetes/control-plane : Write secrets for encrypting secret data at rest",
  tags: ["control-plane"],
  once: true,
  work: async (_, run) => {
    if (!isTrue(run.vars.kube_encrypt_secret_data)) return false;
    const [known] = Object.values(run.memory.current.encryption);
    const token = process.env.OPENCENTER_ENCRYPTION_TOKEN ?? "";
    const secret =
      known === undefined ? Buffer.from(token).toString("base64") : keysOf(known.file)[0]!.secret;
    const file = fileOf(textOf(run.vars, "kube_encryption_algorithm") ?? "secretbox", [
      { name: "key", secret },
    ]);
    run.memory.change(({ encryption }) => {
      for (const { name } of controlPlane(run.inventory))
        encryption[name] = { file, started: encryption[name]?.started ?? null };
    });
    return run.controlPlane.encrypt(file);
  },
};

/** Two API servers, each of which has to read what the other one writes. */
function understand(one: string, other: string): boolean {
  const [first] = keysOf(one);
  return keysOf(other).some(({ name, secret }) => name === first?.name && secret === first.secret);
}

async function write(host: Host, run: Run): Promise<boolean> {
  if (!isTrue(run.vars.encryption_write)) return false;
  const wanted = process.env.OPENCENTER_ENCRYPTION_FILE ?? "";
  const { encryption } = run.memory.current;
  if (encryption[host.name]?.started?.trim() === sha256(wanted)) return false;
  run.memory.change((memory) => (memory.encryption[host.name] = { file: wanted, started: "changing\n" }));
  const lost = Object.entries(encryption)
    .filter(([name]) => name !== host.name)
    .filter(([, { file }]) => !understand(file, wanted) || !understand(wanted, file));
  if (lost.length > 0)
    throw new TaskFailure(
      `no matching prefix found: ${host.name} and ${lost[0]![0]} cannot read each other's Secrets`,
    );
  await run.controlPlane.encrypt(wanted);
  await requireReadable(run);
  run.memory.change(
    (memory) => (memory.encryption[host.name] = { file: wanted, started: `${sha256(wanted)}\n` }),
  );
  return true;
}

/** A real API server that lacks a key answers no list of Secrets. */
async function requireReadable(run: Run): Promise<void> {
  const api = await run.api();
  try {
    await api.find("/api/v1/secrets");
  } catch (error) {
    throw new TaskFailure(`Secrets cannot be read any more: ${(error as Error).message}`);
  }
}

async function writeAnswer(_: Host, run: Run): Promise<void> {
  const out = textOf(run.vars, "encryption_out");
  if (out === undefined) throw new TaskFailure("'encryption_out' is undefined");
  const known = run.memory.current.encryption;
  const nodes = controlPlane(run.inventory).map(({ name }) => {
    if (known[name] === undefined)
      throw new TaskFailure(`file not found on ${name}: secrets_encryption.yaml`);
    return [name, known[name]] as const;
  });
  const stored = await run.controlPlane.storedSecrets();
  writeFileSync(out, JSON.stringify({ stored, nodes: Object.fromEntries(nodes) }), { mode: 0o600 });
}

export const encryptionPlays: readonly Play[] = [
  {
    name: "Write the keys of encryption at rest",
    hosts: controlPlane,
    serial: () => 1,
    tasks: [{ name: "Put the keys in place", tags: ["always"], work: write }],
  },
  {
    name: "Write down what was seen",
    hosts: localhost,
    connects: false,
    tasks: [{ name: "Write the answer", tags: ["always"], work: writeAnswer }],
  },
];
