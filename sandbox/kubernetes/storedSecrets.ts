/** With which keys the Secrets in etcd are encrypted, over etcd's own HTTP gateway: the sandbox has no etcdctl. */

const LIMIT_MS = 30_000;
const PREFIX = "/registry/secrets/";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** @returns how many there are, by the name of their key; an empty name for those in plain text */
export async function storedSecrets(port: number): Promise<Record<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${port}/v3/kv/range`, {
    method: "POST",
    // To the next text after all that begin with the prefix.
    body: JSON.stringify({ key: base64(PREFIX), range_end: base64(`${PREFIX.slice(0, -1)}0`) }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!answer.ok) throw new Error(`etcd answers HTTP ${answer.status}`);
  const { kvs = [] } = (await answer.json()) as { kvs?: { value: string }[] };
  const stored: Record<string, number> = {};
  for (const { value } of kvs) {
    const name = keyNameOf(Buffer.from(value, "base64").toString("latin1"));
    stored[name] = (stored[name] ?? 0) + 1;
  }
  return stored;
}

/** `k8s:enc:secretbox:v1:<name>:…` */
function keyNameOf(value: string): string {
  return /^k8s:enc:[^:]+:v1:([^:]+):/.exec(value)?.[1] ?? "";
}
