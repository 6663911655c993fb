/** First boot does what the configuration says and nothing else. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { CA_CERTIFICATE_PATH, cloudConfig, type CloudInitInput } from "../../../plan/cloudInit";

function documentOf(input: Partial<CloudInitInput>): Record<string, unknown> {
  const text = cloudConfig({ ntpServers: [], ...input });
  // cloud-init goes by the first line, and takes anything else for a script or for nothing.
  assert.match(text, /^#cloud-config\n/);
  return parse(text) as Record<string, unknown>;
}

const nothing = {
  package_update: false,
  package_upgrade: false,
  package_reboot_if_required: false,
  disable_root: true,
  ssh_pwauth: false,
};
const certificate = `-----BEGIN CERTIFICATE-----\n${"A".repeat(200)}\n-----END CERTIFICATE-----\n`;

describe("plan: cloud-init", () => {
  it("installs, upgrades and reboots nothing", () => {
    assert.deepEqual(documentOf({}), nothing);
  });

  it("sets time servers when there are some", () => {
    assert.deepEqual(documentOf({ ntpServers: ["a.example.com", "192.0.2.1"] }), {
      ...nothing,
      ntp: { enabled: true, servers: ["a.example.com", "192.0.2.1"] },
    });
  });

  it("brings the cloud's CA certificate unbroken to the trust store and to the file that the cloud provider reads", () => {
    assert.deepEqual(documentOf({ caCertificate: certificate }), {
      ...nothing,
      ca_certs: { trusted: [certificate] },
      write_files: [{ path: CA_CERTIFICATE_PATH, permissions: "0644", content: certificate }],
    });
  });

  it("takes a host key in place of those that the image would make", () => {
    const hostKey = {
      privateKey: "-----BEGIN X-----\nabc\n-----END X-----\n",
      publicKey: "ssh-ed25519 AAAA",
    };
    assert.deepEqual(documentOf({ hostKey }), {
      ...nothing,
      ssh_deletekeys: true,
      ssh_genkeytypes: [],
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    });
  });

  it("is the same text for the same input, or every preview would show new user data", () => {
    const input = { ntpServers: ["a.example.com"], caCertificate: certificate };
    assert.equal(cloudConfig(input), cloudConfig(structuredClone(input)));
  });
});
