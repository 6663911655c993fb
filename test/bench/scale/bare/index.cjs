/** What engine, SDK and provider take by themselves: ports and servers in a loop, in plain JavaScript. */
const openstack = require("@pulumi/openstack");

const provider = new openstack.Provider("cloud", { cloud: "sandbox", maxRetries: 4 });
const tags = ["opencenter", "opencenter-organization=bench", "opencenter-cluster=bare"];
const userData =
  "#cloud-config\npackage_update: false\npackage_upgrade: false\npackage_reboot_if_required: false\ndisable_root: true\nssh_pwauth: false\n";

for (let node = 1; node <= Number(process.env.OPENCENTER_BENCH_NODES); node++) {
  const name = `bare-general-${node}`;
  const port = new openstack.networking.Port(
    `${name}-port`,
    {
      name,
      networkId: "a",
      fixedIps: [{ subnetId: "b" }],
      securityGroupIds: ["c"],
      allowedAddressPairs: [],
      tags,
    },
    { provider },
  );
  new openstack.compute.Instance(
    name,
    {
      name,
      flavorName: "small",
      imageName: "ubuntu-24.04",
      keyPair: "d",
      userData,
      configDrive: true,
      networks: [{ port: port.id }],
      schedulerHints: [{ group: "e" }],
      metadata: {
        "opencenter-organization": "bench",
        "opencenter-cluster": "bare",
        "opencenter-role": "worker",
      },
      tags,
    },
    { provider },
  );
}
