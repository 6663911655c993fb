/** `opencenter rotate`: a secret gives way to a new one, with an overlap. */
import { Argument, Command } from "commander";
import { asOperation, operate, type Operation, type OperationOptions, type Outcome } from "../operation";
import { refusePending } from "../operation/pending";
import { runSequence, shownStanding, standing } from "../operation/sequence";
import { ageRotation } from "../rotate/age";
import { certificatesRotation } from "../rotate/certificates";
import { credentialRotation } from "../rotate/credential";
import { encryptionRotation } from "../rotate/encryption";
import { Subject, type Rotation } from "../rotate/rotation";
import { OWN, type Rotated } from "../rotate/own";
import { sshRotation } from "../rotate/ssh";

const ROTATIONS: Readonly<Record<Rotated, (subject: Subject) => Promise<Rotation>>> = {
  age: ageRotation,
  "app-credential": credentialRotation,
  ssh: sshRotation,
  "kubeadm-certs": certificatesRotation,
  "encryption-key": encryptionRotation,
};

interface Options extends OperationOptions {
  readonly status: boolean;
}

const HELP = `
Exit codes: 0 rotated (with --status: none is under way), 1 stopped on the way or refused, 2 wrong usage.
Run it again after it stopped: it goes on from there. What else the file asks for by then is refused.`;

export function rotateCommand(): Command {
  const command = new Command("rotate")
    .addArgument(new Argument("<what>", "which secret").choices(Object.keys(ROTATIONS)))
    .argument("<stack>", "name of the stack")
    .option("--status", "show where a rotation stands, and do nothing", false)
    .action(rotate);
  return asOperation(command, "changes", HELP);
}

async function rotate(what: Rotated, stack: string, options: Options): Promise<void> {
  const looks = options.status || options.dryRun;
  const effect = looks ? "looks" : "changes";
  await operate("rotate", stack, options, { effect, asked: { what } }, async (operation) => {
    const rotation = await ROTATIONS[what](new Subject(operation, OWN[what]));
    return looks ? shown(rotation) : carryOut(operation, rotation);
  });
}

async function shown({ title, underWay, steps }: Rotation): Promise<Outcome> {
  const states = underWay
    ? await standing(steps)
    : steps.map(({ name, title: step }) => ({ name, title: step, state: "waiting" as const }));
  const head = underWay ? `Under way: ${title}` : `None under way. The next: ${title}`;
  return {
    text: `${head}\n${shownStanding(states)}`,
    json: { rotation: title, underWay, steps: states },
    exitCode: underWay ? 1 : 0,
    summary: head,
  };
}

async function carryOut(operation: Operation, { title, underWay, steps }: Rotation): Promise<Outcome> {
  if (!underWay) await refusePending(operation.target);
  await operation.confirm(underWay ? `Go on with what is under way: ${title}?` : `Rotate: ${title}?`);
  await runSequence(operation, steps);
  return { text: `Rotated: ${title}.`, json: { rotation: title }, summary: title };
}
