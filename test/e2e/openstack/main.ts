/** Real OpenStack by hand: `npx tsx test/e2e/openstack/main.ts up|down|env [--dir DIR] [--wipe]`. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { progress } from "../../../sandbox/progress";
import { startOpenstack, stopOpenstack } from "./cloud";
import { Layout } from "./layout";
import { Unavailable, whyNotHere } from "./packages";

const USAGE = `npx tsx test/e2e/openstack/main.ts VERB [--dir DIR]
  up           start the services, or what of them does not run; install Debian's packages first
  env          print the variables by which clients find them
  down         stop them; with --wipe, their state goes too
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: "string", default: join(tmpdir(), "opencenter-openstack") },
    wipe: { type: "boolean", default: false },
  },
});

async function main(verb: string | undefined): Promise<number> {
  if (verb === "up") {
    const why = whyNotHere();
    if (why !== undefined) throw new Unavailable(why);
    const layout = await startOpenstack(values.dir, progress);
    console.log(`clouds.yaml: ${layout.cloudsYaml}\nclouds: openstack (as sandbox), sandbox, other, admin`);
  } else if (verb === "down") await stopOpenstack(values.dir, { wipe: values.wipe });
  else if (verb === "env") {
    const { cloudsYaml } = await Layout.open(values.dir);
    console.log(`export OS_CLIENT_CONFIG_FILE='${cloudsYaml}' OS_CLOUD=sandbox`);
  } else {
    console.error(USAGE);
    return 2;
  }
  return 0;
}

main(positionals[0]).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
