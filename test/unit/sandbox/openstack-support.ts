/** A simulated cloud of a test's own, whose asynchronous work is done at once unless the test wants to see it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenStackClient } from "../../../cli/cloud/client";
import { findCloud } from "../../../cli/cloud/cloudsYaml";
import { writeCloudsYaml } from "../../../sandbox/openstack/clouds";
import { SimulatorClient, type Answer, type ProjectSession } from "../../../sandbox/openstack/client";
import { startSimulator, type Simulator } from "../../../sandbox/openstack/server";

export type Json = Record<string, any>;

export class TestCloud {
  private constructor(
    readonly directory: string,
    public simulator: Simulator,
    public client: SimulatorClient,
    public session: ProjectSession,
  ) {}

  static async start(speed = 0): Promise<TestCloud> {
    const directory = mkdtempSync(join(tmpdir(), "opencenter-openstack-"));
    const simulator = await startSimulator({ stateFile: join(directory, "state"), speed });
    const client = new SimulatorClient(simulator.url);
    return new TestCloud(directory, simulator, client, await client.login());
  }

  /** Stops and starts again on the same state. */
  async restart(): Promise<void> {
    await this.simulator.close();
    this.simulator = await startSimulator({ stateFile: join(this.directory, "state"), speed: 0 });
    this.client = new SimulatorClient(this.simulator.url);
    this.session = await this.client.login();
  }

  async stop(): Promise<void> {
    await this.simulator.close();
    rmSync(this.directory, { recursive: true });
  }

  /** The program's own way into the cloud. */
  openstack(): Promise<OpenStackClient> {
    const file = join(this.directory, "clouds.yaml");
    writeCloudsYaml(file, this.simulator.url);
    const env = { OS_CLIENT_CONFIG_FILE: file };
    return OpenStackClient.connect(findCloud({ cloud: "sandbox", directory: this.directory, env }));
  }

  /** A call that must succeed; returns the value under the one key of the answer. */
  async ok(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Json> {
    const answer = await this.call(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    // Octavia says with every list that no page follows.
    const isEnd = (value: unknown) => Array.isArray(value) && value.length === 0;
    const values = Object.entries(answer.body ?? {})
      .filter(([key, value]) => !(key.endsWith("_links") && isEnd(value)))
      .map(([, value]) => value);
    return values.length === 1 ? (values[0] as Json) : answer.body;
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Json>> {
    return this.session.request<Json>(method, path, { body, headers });
  }

  /** A call that must be refused with this status and these words. */
  async refused(status: number, words: RegExp, method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    assert.match(JSON.stringify(answer.body), words);
  }

  network(): Promise<Json> {
    return this.ok("POST", "/network/v2.0/networks", { network: { name: "net" } });
  }

  subnet(networkId: string, more: Json = {}): Promise<Json> {
    const subnet = { network_id: networkId, ip_version: 4, cidr: "10.0.0.0/24", ...more };
    return this.ok("POST", "/network/v2.0/subnets", { subnet });
  }

  port(networkId: string, more: Json = {}): Promise<Json> {
    return this.ok("POST", "/network/v2.0/ports", { port: { network_id: networkId, ...more } });
  }

  async flavor(name: string): Promise<string> {
    const flavors = await this.ok("GET", "/compute/v2.1/flavors");
    return flavors.find((flavor: Json) => flavor.name === name).id;
  }

  async image(name = "ubuntu-24.04"): Promise<string> {
    const { body } = await this.call("GET", `/image/v2/images?name=${name}`);
    return body.images[0].id;
  }

  /** A server that is being made; with speed 0 it is there already. */
  async server(more: Json = {}): Promise<Json> {
    const server = {
      name: "vm",
      flavorRef: await this.flavor("small"),
      imageRef: await this.image(),
      networks: "none",
      ...more,
    };
    const { id } = await this.ok(
      "POST",
      "/compute/v2.1/servers",
      { server },
      { "openstack-api-version": "compute 2.67" },
    );
    return this.ok("GET", `/compute/v2.1/servers/${id}`);
  }

  async externalNetworkId(): Promise<string> {
    const networks = await this.ok("GET", "/network/v2.0/networks?router:external=true");
    return networks[0].id;
  }
}
