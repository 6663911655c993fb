/** What `etcdctl snapshot save` does, over etcd's own HTTP gateway: the sandbox has no etcdctl. */

const LIMIT_MS = 60_000;

/** @param port of etcd's client address on 127.0.0.1 */
export async function etcdSnapshot(port: number): Promise<Buffer> {
  const answer = await fetch(`http://127.0.0.1:${port}/v3/maintenance/snapshot`, {
    method: "POST",
    body: "{}",
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!answer.ok) throw new Error(`etcd answers HTTP ${answer.status}`);
  // A message per line; etcd itself puts the SHA-256 of all before it into the last one.
  const blobs = (await answer.text())
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const { result, error } = JSON.parse(line) as {
        result?: { blob?: string };
        error?: { message?: string };
      };
      if (error !== undefined) throw new Error(`etcd: ${error.message}`);
      return Buffer.from(result?.blob ?? "", "base64");
    });
  return Buffer.concat(blobs);
}
