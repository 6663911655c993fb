import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunFailure } from "../../../runner/errors";
import { containerArguments, mountsFor, passedVariables } from "../../../kubespray/source/container";
import { statePaths } from "../../../plan/names";
import { Machine } from "./sourceSupport";

/** Writes down how it was called, a line per argument; has the image already unless told otherwise. */
const ENGINE = `#!/bin/sh
printf '%s\\n' "$@" --- >> "$ENGINE_CALLS"
case "$1 $2" in
  "image inspect") exit "\${IMAGE_MISSING:-0}" ;;
  "pull "*) echo "unauthorized" >&2; exit "\${PULL_FAILS:-0}" ;;
  "run --rm")
    case "$*" in
      *" -c "*) [ -n "$NO_CHECKOUT" ] && exit 1; echo "ansible-playbook [core \${CORE:-2.18.19}]" ;;
      *) exit 7 ;;
    esac ;;
esac
`;

const paths = statePaths({ organization: "acme", name: "prod" });
const inProject = (path: string) => join("/project", path);
const CALL = ["-i", inProject(`${paths.inventory}/hosts.yaml`), "-b", "--forks", "20"];
const SURROUNDINGS = {
  OPENCENTER_EVENTS: inProject(`${paths.logs}/a.events.jsonl`),
  ANSIBLE_CACHE_PLUGIN_CONNECTION: inProject(paths.factCache),
};

describe("source of Kubespray: image", function () {
  this.timeout(30_000);
  this.slow(5_000);

  describe("arguments of the container engine", () => {
    it("name variables without their values, and folders at their own paths", () => {
      const args = containerArguments({
        image: "kubespray:v2.31.0",
        mounts: [{ path: "/inventory" }, { path: "/keys", readOnly: true }],
        variables: ["OS_AUTH_URL", "ANSIBLE_FORCE_COLOR", "OS_AUTH_URL"],
        command: ["ansible-playbook", "-i", "hosts.yaml", "cluster.yml"],
      });
      assert.deepEqual(args, [
        ...["run", "--rm", "--init", "--network=host", "--security-opt=label=disable"],
        ...["--volume=/inventory:/inventory", "--volume=/keys:/keys:ro"],
        "--env=ANSIBLE_CONFIG=/kubespray/ansible.cfg",
        ...["--env", "ANSIBLE_FORCE_COLOR", "--env", "OS_AUTH_URL"],
        ...["--workdir=/kubespray", "--entrypoint=ansible-playbook", "kubespray:v2.31.0"],
        ...["-i", "hosts.yaml", "cluster.yml"],
      ]);
    });

    it("make files the user's where the engine's root is the machine's", () => {
      const run = { image: "i", mounts: [], variables: [], command: ["ansible-playbook"] };
      assert.ok(containerArguments({ ...run, user: { uid: 1000, gid: 100 } }).includes("--user=1000:100"));
      assert.ok(!containerArguments(run).some((arg) => arg.startsWith("--user")));
    });

    it("leave out what of the environment is of this machine or not Ansible's", () => {
      const environment = {
        ...{ OS_AUTH_URL: "u", OPENCENTER_ENCRYPTION_TOKEN: "t", ANSIBLE_FORCE_COLOR: "0", https_proxy: "p" },
        ...{ ANSIBLE_CONFIG: "c", ANSIBLE_HOME: "h", OPENCENTER_SECRETS: "{}", OPENCENTER_CONTAINER: "{}" },
        ...{ PATH: "/bin", AWS_SECRET_ACCESS_KEY: "k" },
      };
      assert.deepEqual(passedVariables(environment), [
        "OS_AUTH_URL",
        "OPENCENTER_ENCRYPTION_TOKEN",
        "ANSIBLE_FORCE_COLOR",
        "https_proxy",
      ]);
    });

    it("mount what the call works with, and nothing else of the project", () => {
      assert.deepEqual(mountsFor([...CALL, "cluster.yml"], SURROUNDINGS, "/project/kubespray"), [
        { path: inProject(paths.inventory) },
        { path: inProject(paths.logs) },
        { path: inProject(paths.factCache) },
        { path: inProject("clusters/secrets/acme/prod/ssh"), readOnly: true },
        { path: "/project/kubespray", readOnly: true },
      ]);
    });

    it("mount the folder that the probe writes to", () => {
      const mounts = mountsFor(
        [...CALL, "-e", '{"probe_out":"/tmp/probe-x/answer.json"}', "p.yml"],
        {},
        "/k",
      );
      assert.ok(mounts.some(({ path, readOnly }) => path === "/tmp/probe-x" && readOnly !== true));
    });
  });

  describe("with an engine that only pretends", () => {
    let machine: Machine;
    beforeEach(() => {
      machine = new Machine();
      machine.environment["ENGINE_CALLS"] = join(machine.folder, "engine");
      machine.program("podman", ENGINE);
    });
    afterEach(() => machine.remove());

    const image = { source: "image" as const, image: "registry.example/kubespray:v2.31.0" };
    const calls = () =>
      readFileSync(join(machine.folder, "engine"), "utf8")
        .split("---\n")
        .map((call) => call.trimEnd().split("\n"));
    const fails = (message: RegExp) =>
      assert.rejects(
        machine.ensure(image),
        (error) => error instanceof RunFailure && message.test(error.message) && error.hints.length > 0,
      );

    it("starts a container with the call's own arguments, and ends as it does", async () => {
      const made = await machine.ensure(image);
      rmSync(join(machine.folder, "engine"));
      const { status, stderr } = spawnSync(made.ansiblePlaybook, [...CALL, "cluster.yml"], {
        cwd: made.checkout,
        env: { ...machine.environment, ...made.env, ...SURROUNDINGS, OS_PASSWORD: "hunter2" },
        encoding: "utf8",
      });
      assert.equal(status, 7, stderr);
      const [call = []] = calls();
      assert.deepEqual(call.slice(-CALL.length - 2), [image.image, ...CALL, "cluster.yml"]);
      assert.ok(call.includes("--workdir=/kubespray") && call.includes("OS_PASSWORD"));
      assert.ok(!call.join(" ").includes("hunter2"), "a value among the arguments");
    });

    it("writes down the Ansible that the image has, and asks once", async () => {
      const { checkout } = await machine.ensure(image);
      const marker = JSON.parse(readFileSync(join(checkout, "..", "complete.json"), "utf8")) as object;
      assert.deepEqual(
        { ...marker, python: "" },
        { ref: "v2.31.0", source: image.image, python: "", ansibleCore: "2.18.19" },
      );
      const before = calls().filter(([verb]) => verb === "run").length;
      await machine.ensure(image);
      assert.equal(calls().filter(([verb]) => verb === "run").length, before);
    });

    it("makes its launcher again when the copy in the cache is gone", async () => {
      const { ansiblePlaybook } = await machine.ensure(image);
      rmSync(ansiblePlaybook);
      assert.equal((await machine.ensure(image)).ansiblePlaybook, ansiblePlaybook);
      assert.ok(existsSync(ansiblePlaybook));
    });

    it("shows why the image cannot be had", async () => {
      Object.assign(machine.environment, { IMAGE_MISSING: "1", PULL_FAILS: "125" });
      await fails(/podman pull of registry\.example[^]*unauthorized/);
    });

    it("says that the image is no Kubespray", async () => {
      machine.environment["NO_CHECKOUT"] = "1";
      await fails(/is no Kubespray that runs/);
    });

    it("refuses an image with another release's Ansible", async () => {
      machine.environment["CORE"] = "2.17.14";
      await fails(/needs ansible-core >=2\.18\.0 <2\.19, and 2\.17\.14/);
      assert.ok(
        readdirSync(join(machine.cache, "kubespray"), { recursive: true }).every(
          (name) => !String(name).endsWith("complete.json"),
        ),
      );
    });

    it("says that there is no engine", async () => {
      for (const engine of ["podman", "docker"]) machine.program(engine, "#!/bin/sh\nexit 1\n");
      await fails(/needs podman or docker/);
    });
  });
});
