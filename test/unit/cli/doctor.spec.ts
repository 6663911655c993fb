import { strict as assert } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis } from "../../../cli/doctor/check";
import { fakeProgram, makeProject, opencenter, STACK_TRACE } from "./support/bin";

describe("opencenter doctor", () => {
  let project: ReturnType<typeof makeProject>;
  let programs: string;
  const doctor = async (env: Record<string, string> = {}) => {
    const PATH = `${programs}:/usr/bin:/bin`;
    const result = await opencenter(["doctor", "--json"], { cwd: project.folder, env: { PATH, ...env } });
    assert.doesNotMatch(result.stderr, STACK_TRACE);
    const { ok, checks } = JSON.parse(result.stdout) as { ok: boolean; checks: Diagnosis[] };
    const of = (name: string) => checks.find((one) => one.name === name) ?? assert.fail(`no row ${name}`);
    return { code: result.code, ok, of };
  };

  /** A machine with all that is required. */
  beforeEach(() => {
    project = makeProject();
    programs = join(project.folder, "bin");
    fakeProgram(
      programs,
      "pulumi",
      '[ "$1" = version ] && echo v3.259.0 || echo \'{"user":"u","url":"file:///state"}\'',
    );
    for (const name of ["pulumi-language-nodejs", "pulumi-resource-tls", "git"])
      fakeProgram(programs, name, "echo git version 2.40.1");
    fakeProgram(programs, "ssh", "echo OpenSSH_9.2p1 >&2");
    mkdirSync(join(project.folder, ".pulumi", "plugins", "resource-openstack-v3.15.2"), { recursive: true });
    writeFileSync(join(project.folder, "clouds.yaml"), "clouds: {prod: {}}", { mode: 0o600 });
  });
  afterEach(() => project.remove());

  it("ends with 0 when all that is required is there, whatever is optional", async () => {
    const { code, ok, of } = await doctor();
    assert.deepEqual([code, ok], [0, true]);
    assert.deepEqual([of("pulumi").found, of("plugin openstack").found], ["3.259.0", "3.15.2"]);
    assert.equal(of("backend login").found, "file:///state");
    assert.deepEqual([of("passphrase").status, of("passphrase").required], ["missing", false]);
  });

  it("finds a CLI that is too old, another plugin version, no login, and says how to mend each", async () => {
    fakeProgram(programs, "pulumi", '[ "$1" = version ] && echo v3.100.0 || exit 255');
    const { code, of } = await doctor({ PULUMI_HOME: join(project.folder, "elsewhere") });
    assert.equal(code, 1);
    assert.equal(of("pulumi").status, "too old");
    assert.match(of("pulumi").found ?? "", /3\.100\.0 \(needs 3\.219\.0\)/);
    assert.equal(of("plugin openstack").fix, "pulumi plugin install resource openstack 3.15.2");
    assert.equal(of("backend login").status, "missing");
    for (const name of ["pulumi", "plugin openstack", "backend login"]) assert.ok(of(name).fix, name);
  });

  it("looks at clouds.yaml: permissions, content, presence, variables instead", async () => {
    const file = join(project.folder, "clouds.yaml");
    writeFileSync(join(project.folder, "open.yaml"), "clouds: {prod: {}}", { mode: 0o644 });
    const open = await doctor({ OS_CLIENT_CONFIG_FILE: "open.yaml" });
    assert.deepEqual([open.code, open.of("clouds.yaml").status], [0, "warning"]);
    assert.match(open.of("clouds.yaml").fix ?? "", /chmod 600/);
    writeFileSync(file, "clouds: [");
    const broken = await doctor();
    assert.deepEqual([broken.code, broken.of("clouds.yaml").status], [1, "missing"]);
  });

  it("prints a table with the fixes below it", async () => {
    const { code, stdout } = await opencenter(["doctor"], { cwd: project.folder, env: { PATH: "/nowhere" } });
    assert.equal(code, 1);
    assert.match(stdout, /^WHAT +STATUS +FOUND +NEEDED FOR\n/);
    assert.match(stdout, /\npulumi +missing /);
    assert.match(stdout, /To mend:[\s\S]*plugin tls +pulumi plugin install resource tls 5\.6\.1/);
    assert.match(stdout, /Something that is required is missing\.\n$/);
  });
});
