/** `npm run sandbox -- tour`: a cluster's whole life in one go, told as it happens. */
import { rmSync } from "node:fs";
import type { Session } from "../session";
import { mergeProposal } from "../verbs/proposal";
import { breakTheCloud } from "../verbs/drift";
import { stopEverything } from "../verbs/destroy";
import { kubectl } from "../verbs/kubernetesTable";
import { scale } from "../verbs/scale";
import { up } from "../verbs/up";
import { upgrade } from "../verbs/upgrade";
import { type Chapter, Guide } from "./guide";

const SHOP = "shop";

export async function tour(session: Session): Promise<void> {
  const guide = new Guide(session);
  const stack = session.workspace.stack;
  await guide.tell([
    configure(guide, stack),
    {
      title: "Up",
      why: "The stack's file is the only input. One `pulumi up` makes network, machines and load balancer, runs\nKubespray, and hands the cluster to Flux with a repository of its own.",
      run: () => up(session),
    },
    {
      title: "Scale",
      why: "Nodes come and go by editing the file. Only what belongs to them is touched, and Kubernetes is told first.",
      run: () => scale(session),
    },
    {
      title: "Upgrade",
      why: "Kubernetes goes one minor version at a time, node by node, with checks between.",
      run: () => upgrade(session),
    },
    ...driftAndReconcile(guide, session),
    rotate(guide, session),
    ...backupAndRestore(guide, session),
    decommission(guide, session),
  ]);
}

const configure = (guide: Guide, stack: string): Chapter => ({
  title: "Configure",
  why: "Everything that is wrong with a file is said at once, before anything is touched; then also what only the\ncloud can answer: images, flavors, networks, quota.",
  run: async () => {
    await guide.show(["validate", stack, "--online"]);
    await guide.show(["topology", stack]);
  },
});

function driftAndReconcile(guide: Guide, session: Session): Chapter[] {
  const { stack } = session.workspace;
  return [
    {
      title: "Drift",
      why: "Somebody changes things by hand. The report says what, in the cloud, on the nodes and in the platform; it\nonly reads.",
      run: async () => {
        // Of an earlier tour that did not come to its end.
        if ((await guide.show(["drift", stack], 0, 2)) === 2)
          await guide.show(["reconcile", stack, "--replace", "--yes"]);
        const broken = await breakTheCloud(session);
        for (const { title } of broken) console.log(`    by hand: ${title}`);
        // One that scaling leaves alone.
        const node = `${stack}-general-1`;
        if (session.kubernetes.kubectl !== undefined) console.log(await kubectl(session, ["cordon", node]));
        await guide.show(["drift", stack], 2);
      },
    },
    {
      title: "Reconcile",
      why: "First the plan, then the work. A plan that was reviewed can be handed over by its id; what replaces a\nmachine waits for a flag of its own.",
      run: async () => {
        await guide.show(["reconcile", stack, "--dry-run"], 2);
        await guide.show(["reconcile", stack, "--replace", "--yes"]);
        await guide.show(["drift", stack]);
      },
    },
  ];
}

const rotate = (guide: Guide, session: Session): Chapter => ({
  title: "Rotate",
  why: "The key that opens the Secrets in Git gives way to a new one: first both, then a proposal that a person\nmerges, then the new one alone. It stops where a person has to act, and goes on from there.",
  absent: withoutFlux(session),
  run: async () => {
    const command = ["rotate", "age", session.workspace.stack];
    await guide.verb([...command, "--yes"], 1);
    await guide.show([...command, "--status"], 1);
    await mergeProposal(session);
    await guide.show([...command, "--yes"]);
  },
});

interface Made {
  readonly backup: { readonly name: string };
}

function backupAndRestore(guide: Guide, session: Session): Chapter[] {
  const { stack } = session.workspace;
  const absent = withoutFlux(session);
  const prices = ["configmap", "prices", "--namespace", SHOP];
  let name = "";
  return [
    {
      title: "Backup",
      why: "Objects, volumes, etcd, Secrets, state and configuration are one set with one manifest. A drill restores it\ninto a scratch namespace and compares: a backup that was never restored is a hope.",
      absent,
      run: async () => {
        console.log(await kubectl(session, ["create", "namespace", SHOP]));
        console.log(await kubectl(session, ["create", ...prices, "--from-literal=apple=1"]));
        name = (await guide.document<Made>(["backup", stack])).backup.name;
        await guide.show(["backup", stack, "verify"]);
        await guide.show(["backup", stack, "drill", "--namespace", SHOP]);
        await guide.show(["backup", stack, "list"]);
      },
    },
    {
      title: "Restore",
      why: "A namespace is deleted by mistake, and comes back. The set is fetched and checked as a whole before\nanything is done.",
      absent,
      run: async () => {
        console.log(await kubectl(session, ["delete", "namespace", SHOP, "--timeout=60s"]));
        await guide.show(["restore", stack, "--backup", name, "--namespace", SHOP, "--dry-run"]);
        await guide.show(["restore", stack, "--backup", name, "--namespace", SHOP, "--yes"]);
        const back = await kubectl(session, ["get", ...prices, "--output", "jsonpath={.data.apple}"]);
        console.log(`  ${back}`);
        if (!back.endsWith("\n1")) throw new Error("the namespace did not come back");
      },
    },
  ];
}

const decommission = (guide: Guide, session: Session): Chapter => ({
  title: "Decommission",
  why: "The name has to be typed. A last backup, Flux suspended, what Kubernetes made in the cloud taken back, then\neverything of the stack; what is left is looked for by tag.",
  run: async () => {
    const { stack } = session.workspace;
    await guide.show(["decommission", stack, "--name", stack, "--remove-stack", "--yes"]);
    rmSync(session.workspace.stackFile, { force: true });
    await stopEverything(session.workspace);
  },
});

/** What these chapters are about is done by Flux, or by what Flux installs. */
function withoutFlux({ delivery, kubernetes }: Session): string | undefined {
  if (delivery === undefined) return "the stack file has no gitops part";
  return kubernetes.real ? kubernetes.whyNoFlux : kubernetes.why;
}
