/** New certificates for the control plane, one node after the other; the authority stays, so nothing is locked out. */
import type { CertificatesAnswer } from "../../kubespray/certificates";
import type { SequenceStep } from "../operation/sequence";
import { CertificatesOfStack, type CertificatesWorld, type Serials } from "./certificatesWorld";
import type { Rotation, Subject } from "./rotation";

const ADMIN = "admin.conf";
const SERVED = "served";
const API_SERVER = "ssl/apiserver.crt";

/** As a number: OpenSSL and Node.js write leading zeros differently. */
const sameSerial = (one: string, other: string) => BigInt(`0x${one}`) === BigInt(`0x${other}`);

export function serialsOf(answer: CertificatesAnswer): Serials {
  const of = (files: CertificatesAnswer[string]) =>
    Object.fromEntries(Object.entries(files).map(([file, { serial }]) => [file, serial]));
  return Object.fromEntries(Object.entries(answer).map(([node, files]) => [node, of(files)]));
}

/** Every file has another serial number than before, and the API server shows the one of its file. */
export function renewed(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>> = {},
): boolean {
  const [served, file] = [now[SERVED], now[API_SERVER]];
  if (served === undefined || file === undefined || !sameSerial(served, file)) return false;
  return Object.entries(now).every(([name, serial]) => {
    const old = before[name];
    return old === undefined || !sameSerial(serial, old);
  });
}

export async function certificatesRotation(subject: Subject): Promise<Rotation> {
  return certificatesRotationOf(new CertificatesOfStack(subject));
}

export async function certificatesRotationOf(world: CertificatesWorld): Promise<Rotation> {
  const begun = await world.note();
  const nodes = Object.keys(await world.read()).sort();
  return {
    title: `certificates of the control plane, on ${nodes.join(", ")}`,
    underWay: begun !== undefined,
    steps: [noted(world), ...nodes.map((node) => onNode(world, node)), login(world), finished(world)],
  };
}

function noted(world: CertificatesWorld): SequenceStep {
  return {
    name: "noted",
    title: "A note in the cluster of the certificates that are to go",
    done: async () => (await world.note()) !== undefined,
    run: async () => world.writeNote(serialsOf(await world.read())),
  };
}

function onNode(world: CertificatesWorld, node: string): SequenceStep {
  return {
    name: `renewed-${node}`,
    title: `New certificates on ${node}, shown by its API server`,
    done: async () => {
      const before = (await world.note())?.[node];
      const now = serialsOf(await world.read())[node] ?? {};
      // A node that came in the meantime has new ones.
      return before === undefined || renewed(now, before);
    },
    run: () => world.renew(node),
  };
}

function login(world: CertificatesWorld): SequenceStep {
  return {
    name: "login",
    title: "The stack's kubeconfig with a new login",
    done: async () => {
      const before = Object.values((await world.note()) ?? {}).map((files) => files[ADMIN]);
      const now = await world.login();
      return before.every((serial) => serial === undefined || !sameSerial(serial, now));
    },
    run: () => world.refreshLogin(),
  };
}

function finished(world: CertificatesWorld): SequenceStep {
  return {
    name: "finished",
    title: "The note taken away",
    done: async () => (await world.note()) === undefined,
    run: () => world.dropNote(),
  };
}
