import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { kubesprayReleases } from "../../../config/compatibility";
import { RunFailure } from "../../../runner/errors";
import { cacheFolder } from "../../../kubespray/source/cache";
import { installDouble } from "../../../sandbox/ansible/install";
import { Machine } from "./sourceSupport";

const LOCKS = join(__dirname, "..", "..", "..", "kubespray", "requirements");

describe("source of Kubespray", function () {
  this.timeout(30_000);
  this.slow(3_000);

  let machine: Machine;
  beforeEach(() => (machine = new Machine()));
  afterEach(() => machine.remove());

  const venvs = () => machine.calls().filter((call) => call.startsWith("-m venv")).length;
  const pip = () => machine.calls().find((call) => call.startsWith("-m pip")) ?? "";
  const fails = (message: RegExp, source = {}) =>
    assert.rejects(machine.ensure(source), (error) => {
      assert.ok(error instanceof RunFailure, String(error));
      assert.match(error.message, message);
      assert.ok(error.hints.length > 0 || /no Kubespray|does not run/.test(error.message), "what to do");
      return true;
    });

  describe("from Git", () => {
    it("has the tag's files, a venv, and writes down at the end that all is there", async () => {
      const made = await machine.ensure();
      assert.ok(existsSync(join(made.checkout, "cluster.yml")));
      assert.ok(existsSync(made.ansiblePlaybook));
      const marker: unknown = JSON.parse(readFileSync(join(made.checkout, "..", "complete.json"), "utf8"));
      assert.deepEqual(marker, {
        ref: "v2.31.0",
        source: `file://${machine.repository}`,
        python: "3.11.9",
        ansibleCore: "2.18.19",
      });
      assert.match(made.env["PATH"] ?? "", new RegExp(`^${dirname(made.ansiblePlaybook)}:`));
    });

    it("needs neither Git nor Python the second time", async () => {
      const made = await machine.ensure();
      machine.environment = { ...machine.environment, PATH: "/nonexistent" };
      assert.deepEqual(await machine.ensure(), made);
    });

    for (const single of [true, false]) {
      it(`takes a commit from a server that gives ${single ? "single commits away" : "only branches away"}`, async () => {
        machine.git("config", "uploadpack.allowReachableSHA1InWant", String(single));
        // Protocol 2 gives every commit away, whatever the server says.
        Object.assign(machine.environment, {
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: "protocol.version",
          GIT_CONFIG_VALUE_0: "0",
        });
        const commit = machine.git("rev-parse", "HEAD");
        machine.git("tag", "--delete", "v2.31.0");
        machine.write("repository/later", "");
        machine.commit();
        const { checkout } = await machine.ensure({ ref: commit });
        assert.ok(existsSync(join(checkout, "cluster.yml")) && !existsSync(join(checkout, "later")));
      });
    }

    it("keeps repositories with tags of the same name apart", async () => {
      const one = await machine.ensure();
      const { checkout } = await machine.ensure({ url: machine.repository });
      assert.notEqual(checkout, one.checkout);
    });

    it("makes it once for two runs at the same time", async () => {
      const [one, other] = await Promise.all([machine.ensure(), machine.ensure()]);
      assert.deepEqual(one, other);
      assert.equal(venvs(), 1);
    });

    it("throws away what a killed run left, its lock too", async () => {
      const folder = dirname((await machine.ensure()).checkout);
      rmSync(join(folder, "complete.json"));
      writeFileSync(join(folder, "checkout", "half"), "");
      writeFileSync(`${folder}.lock`, "99999999");
      const { checkout } = await machine.ensure();
      assert.ok(!existsSync(join(checkout, "half")));
      assert.equal(venvs(), 2);
      assert.ok(!existsSync(`${folder}.lock`));
    });

    it("says that the tag is not there, in Git's words", () =>
      fails(/v9\.9\.9 cannot be fetched[^]*(fatal|warning): /, { ref: "v9.9.9" }));

    it("says how to do without the network when the repository is out of reach", () =>
      assert.rejects(machine.ensure({ url: "file:///nonexistent" }), (error) => {
        assert.ok(error instanceof RunFailure);
        assert.match(
          error.message,
          /cannot be fetched from file:\/\/\/nonexistent:\n[^]*not appear to be a git/,
        );
        assert.match(error.hints.join("\n"), /kubespray\.source: directory/);
        return true;
      }));

    it("says that the repository is not Kubespray's", async () => {
      machine.git("rm", "--quiet", "cluster.yml");
      machine.commit();
      await fails(/is no Kubespray/, { ref: "master" });
    });

    it("says that Git is missing", async () => {
      machine.program("git", "#!/bin/sh\nexit 127\n");
      await fails(/there is no git/);
    });

    it("says that Git is too old", async () => {
      machine.program("git", "#!/bin/sh\necho git version 2.19.6\n");
      await fails(/git 2\.19\.6 is too old; 2\.20\.0 or newer/);
    });
  });

  describe("packages", () => {
    it("are installed by hash where the release's list is known", async () => {
      await machine.ensure();
      assert.match(pip(), /--require-hashes -r \S+requirements\/v2\.31\.0\.txt$/);
    });

    it("are those of the checkout where it is not", async () => {
      machine.write("repository/requirements.txt", "ansible==99\n");
      const { checkout } = await machine.ensure({ ref: machine.commit() });
      assert.match(pip(), new RegExp(`-r ${checkout}/requirements.txt$`));
      assert.doesNotMatch(pip(), /hashes/);
    });

    it("come from a folder of wheels, and from nowhere else", async () => {
      const wheels = join(machine.folder, "wheels");
      mkdirSync(wheels);
      await machine.ensure({ wheels });
      assert.match(pip(), new RegExp(`--no-index --find-links ${wheels} `));
    });

    it("come from the machine's folder of wheels, unless the stack names another", async () => {
      const [machines, stacks] = ["machines", "stacks"].map((name) => join(machine.folder, name)) as [
        string,
        string,
      ];
      for (const folder of [machines, stacks]) mkdirSync(folder);
      machine.environment["OPENCENTER_WHEELS"] = machines;
      await machine.ensure();
      assert.match(pip(), new RegExp(`--no-index --find-links ${machines} `));
      rmSync(machine.cache, { recursive: true });
      rmSync(machine.environment["CALLS"] ?? "");
      await machine.ensure({ wheels: stacks });
      assert.match(pip(), new RegExp(`--no-index --find-links ${stacks} `));
    });

    it("are not asked of an index when the machine's folder of wheels is not there", async () => {
      machine.environment["OPENCENTER_WHEELS"] = "/nonexistent";
      await assert.rejects(machine.ensure(), /OPENCENTER_WHEELS: there is no folder \/nonexistent/);
      assert.equal(pip(), "");
    });

    it("say that the folder of wheels is not there", () =>
      assert.rejects(machine.ensure({ wheels: "/nonexistent" }), /there is no folder \/nonexistent/));

    it("show pip's last words, and leave nothing that looks complete", async () => {
      machine.environment["PIP_FAILS"] = "1";
      await fails(/pip cannot install[^]*ERROR: no such package/);
      delete machine.environment["PIP_FAILS"];
      await machine.ensure();
      assert.equal(venvs(), 2);
    });

    it("must be the Ansible of the release", async () => {
      machine.environment["CORE"] = "2.17.14";
      await fails(/needs ansible-core >=2\.18\.0 <2\.19, and 2\.17\.14/);
    });
  });

  describe("Python", () => {
    it("is too old", async () => {
      machine.environment["PYTHON_VERSION"] = "3.9.2";
      await fails(/needs Python >=3\.11 <3\.14 with venv: python3\.11 is 3\.9\.2/);
    });

    it("is missing, launchers without a version behind them included", async () => {
      machine.program("python3.11", "#!/bin/sh\nexit 127\n");
      await fails(/there is none on PATH/);
    });

    it("lacks what a venv needs", async () => {
      machine.environment["PYTHON_LACKS"] = "venv ensurepip";
      await fails(/python3\.11 lacks venv and ensurepip/);
    });

    it("cannot make a venv", async () => {
      machine.environment["VENV_FAILS"] = "1";
      await fails(/cannot make a venv[^]*no ensurepip/);
    });

    it("has gone since: the venv is made again", async () => {
      const folder = dirname((await machine.ensure()).checkout);
      const python = join(folder, "venv", "bin", "python");
      rmSync(python);
      symlinkSync("/nonexistent/python", python);
      await machine.ensure();
      assert.equal(venvs(), 2);
    });
  });

  describe("from a folder", () => {
    const directory = () => ({ source: "directory" as const, directory: machine.repository });

    it("uses the folder itself, and writes nothing to it", async () => {
      const before = readdirSync(machine.repository, { recursive: true });
      const { checkout, ansiblePlaybook } = await machine.ensure(directory());
      assert.equal(checkout, machine.repository);
      assert.ok(ansiblePlaybook.startsWith(machine.cache));
      assert.deepEqual(readdirSync(machine.repository, { recursive: true }), before);
    });

    it("makes another venv when the folder asks for other packages", async () => {
      const before = await machine.ensure(directory());
      machine.write("repository/requirements.txt", "ansible==99\n");
      const after = await machine.ensure(directory());
      assert.notEqual(after.ansiblePlaybook, before.ansiblePlaybook);
    });

    it("keeps the venvs of two folders apart", async () => {
      const one = await machine.ensure(directory());
      const copy = join(machine.folder, "copy");
      cpSync(machine.repository, copy, { recursive: true });
      const other = await machine.ensure({ ...directory(), directory: copy });
      assert.notEqual(other.ansiblePlaybook, one.ansiblePlaybook);
    });

    it("says that there is no Kubespray", () =>
      fails(/it has no cluster\.yml and no ansible\.cfg/, {
        source: "directory",
        directory: machine.programs,
      }));

    it("says that its settings of Ansible are missing", async () => {
      rmSync(join(machine.repository, "ansible.cfg"));
      await fails(/it has no ansible\.cfg/, directory());
    });
  });

  describe("that the sandbox laid out", () => {
    const lay = () => installDouble(machine.cache, ["v2.31.0"]);
    beforeEach(() => {
      lay();
      // Nothing is there that could fetch or install.
      machine.environment["PATH"] = "/nonexistent";
    });

    const sources = {
      "from the usual repository": { url: "https://github.com/kubernetes-sigs/kubespray.git" },
      "from a repository of one's own": {},
      "from a folder": { source: "directory" as const, directory: "/nonexistent" },
      "from an image": { source: "image" as const, image: "nowhere.invalid/kubespray" },
    };
    for (const [name, source] of Object.entries(sources)) {
      it(`is taken as installed for a stack that wants it ${name}`, async () => {
        const folder = join(machine.cache, "kubespray", "v2.31.0");
        const { checkout, ansiblePlaybook } = await machine.ensure(source);
        assert.deepEqual(
          [checkout, ansiblePlaybook],
          [join(folder, "checkout"), join(folder, "venv", "bin", "ansible-playbook")],
        );
        assert.ok(existsSync(ansiblePlaybook));
      });
    }
  });

  describe("cache", () => {
    const home = { HOME: "/home/me" };
    it("is where the environment says, and an empty variable says nothing", () => {
      assert.equal(cacheFolder({ ...home, OPENCENTER_CACHE: "/c", XDG_CACHE_HOME: "/x" }), "/c");
      assert.equal(cacheFolder({ ...home, OPENCENTER_CACHE: "", XDG_CACHE_HOME: "/x" }), "/x/opencenter");
      assert.equal(cacheFolder({ ...home, XDG_CACHE_HOME: "" }), "/home/me/.cache/opencenter");
    });
  });
});

describe("lists of packages", () => {
  const files = readdirSync(LOCKS).filter((name) => name !== "README.md");

  it("are there for releases of the table", () => {
    const refs = kubesprayReleases.map(({ ref }) => `${ref}.txt`);
    assert.ok(files.length >= 3);
    for (const file of files) assert.ok(refs.includes(file), file);
  });

  for (const file of files) {
    it(`${file} pins every package by hash, and names no index`, () => {
      const text = readFileSync(join(LOCKS, file), "utf8");
      const entries = text.split(/\n(?=\S)/).filter((entry) => !entry.startsWith("#"));
      assert.ok(entries.length >= 10);
      for (const entry of entries)
        assert.match(entry, /^[a-z0-9-]+==[^\s]+ \\\n +--hash=sha256:[0-9a-f]{64}/);
      assert.doesNotMatch(text, /https?:|file:|--index|--find-links|--trusted|(^|\s)\/\w/m);
    });
  }
});
