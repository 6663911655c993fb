/** One cluster of a given size: as the program's configuration, and as variables of the HCL. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { validateStackValues } from "../../../config/validate";

const ORGANIZATION = "bench";
/** Room for a thousand nodes and as many load balancers. */
const CIDR = "10.20.0.0/20";
const POD_CIDR = "10.64.0.0/12";
const ADMINS = ["198.51.100.0/24"];

/** From here on three control-plane machines, as anybody would have them; below, one. */
const SERIOUS = 30;

export class Size {
  readonly controlPlane: number;

  constructor(readonly nodes: number) {
    this.controlPlane = nodes >= SERIOUS ? 3 : 1;
  }

  get stack(): string {
    return `n${this.nodes}`;
  }

  get workers(): number {
    return this.nodes - this.controlPlane;
  }

  /** The stack's file, as an object. */
  stackFile(cloud: string) {
    return {
      config: {
        "pulumi:disable-default-providers": ["*"],
        "opencenter:organization": ORGANIZATION,
        "opencenter:cluster": this.cluster(cloud),
      },
    };
  }

  private cluster(cloud: string) {
    return {
      name: this.stack,
      environment: "development",
      domain: "sandbox.example.org",
      openstack: { cloud, externalNetwork: "public", image: "ubuntu-24.04" },
      network: { cidr: CIDR },
      access: { sshAllowedCidrs: ADMINS, apiAllowedCidrs: ADMINS, bastion: { flavor: "tiny" } },
      controlPlane: { count: this.controlPlane, flavor: "small" },
      pools: { general: { count: this.workers, flavor: "small" } },
      apiEndpoint: { type: "octavia", hostname: "api.sandbox.example.org" },
      kubernetes: { podCidr: POD_CIDR },
    };
  }

  /** Addresses are the program's own choice. */
  variables(cloud: string, publicKeyFile: string): Record<string, unknown> {
    const { config, issues } = validateStackValues(
      { organization: ORGANIZATION, cluster: this.cluster(cloud) },
      undefined,
    );
    if (config === undefined) throw new Error(`no valid configuration: ${JSON.stringify(issues)}`);
    return {
      cloud,
      name: `t${this.nodes}`,
      control_plane_count: this.controlPlane,
      worker_count: this.workers,
      cidr: CIDR,
      allocation_pool: config.network.allocationPool,
      api_address: config.apiEndpoint.vip,
      admin_cidrs: ADMINS,
      public_key_file: publicKeyFile,
    };
  }
}

/** Text of the HCL, for the folder that OpenTofu works in. */
export function hclFiles(): [name: string, text: string][] {
  return ["main.tf", "network.tf", "machines.tf", "api.tf"].map((name) => [
    name,
    readFileSync(join(__dirname, "hcl", name), "utf8"),
  ]);
}
