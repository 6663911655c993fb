/** Who is let in. */
import type { Case } from "../good";

const SSH = "      sshAllowedCidrs: [198.51.100.0/24]";
const PORTS = "          - from: 30080\n            allowedCidrs: [203.0.113.0/24]\n";

export const accessCases: readonly Case[] = [
  ["SSH from the world", [SSH, "      sshAllowedCidrs: [0.0.0.0/0] # ~ open-to-the-world"]],
  [
    "API from the world",
    ["[198.51.100.0/24, 203.0.113.7/32]", "[198.51.100.0/24, 0.0.0.0/0] # ~ open-to-the-world"],
  ],
  ["SSH from IPv6", [SSH, '      sshAllowedCidrs: ["2001:db8::/32"] # ! cidr-family']],
  [
    "NodePort for the world",
    [PORTS, "          - from: 30080\n            allowedCidrs: [0.0.0.0/0] # ~ open-to-the-world\n"],
  ],
  ["NodePort below the range", [PORTS, PORTS.replace("30080", "8080 # ! node-port-range")]],
  ["NodePort above the range", ["            to: 30450", "            to: 32768 # ! node-port-range"]],
  ["NodePorts the wrong way round", ["            to: 30450", "            to: 30440 # ! node-port-order"]],
  ["NodePorts twice", ["          - from: 30443", "          - from: 30080 # ! node-port-overlap"]],
  [
    "flavor of a bastion that is off",
    [
      "      bastion:\n        flavor: tiny",
      "      bastion:\n        enabled: false\n        flavor: tiny # ! no-effect",
    ],
    ["        image: ubuntu-24.04-minimal", "        image: ubuntu-24.04-minimal # ! no-effect"],
  ],
];
