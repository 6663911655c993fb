/** What the answer of probe.yml is read as. */
import assert from "node:assert/strict";
import { read } from "../../../kubespray/probe";

const host = (manifest: string | null) => ({
  reachable: true,
  adminConf: null,
  manifest,
  members: null,
  health: null,
  encryption: null,
});
const seen = (...manifests: (string | null)[]) =>
  read(
    JSON.stringify({ hosts: Object.fromEntries(manifests.map((one, index) => [`cp-${index}`, host(one)])) }),
  );

describe("what the control plane says of itself", () => {
  it("tells whether an API server runs with keys of encryption at rest", () => {
    const plain = "    - kube-apiserver\n    - --etcd-servers=https://10.0.0.1:2379\n";
    const flag = "    - --encryption-provider-config=/etc/kubernetes/ssl/secrets_encryption.yaml\n";
    assert.equal(seen(plain, null).encrypts, false);
    // One that has written an encrypted Secret is enough.
    assert.equal(seen(null, plain, plain + flag).encrypts, true);
  });
});
