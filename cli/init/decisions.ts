/** What nobody can decide for the user: one entry for each flag and question of `init`. */
import { z } from "zod";
import { clusterSchema, organizationSchema } from "../../config/schema";
import { gitops } from "../../config/schema/gitops";
import { cidr, dnsName } from "../../config/schema/primitives";
import { UserError } from "../errors";

/** Answers as they are typed; lists are split already. */
export type Answers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Decision {
  /** Name of the option, as commander makes it from the flag. */
  readonly key: string;
  readonly flag: string;
  readonly question: string;
  /** May be given more than once; in answer to a question, separated by commas. */
  readonly list?: boolean;
  readonly choices?: readonly string[];
  /** What is taken when nothing is said; without it the decision is the user's alone. */
  readonly fallback?: (answers: Answers) => string;
  /** Checks one value. */
  readonly schema: z.ZodType;
}

const text = z.string().min(1, "must not be empty");
const anything = z.string();
const whole = (least: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .refine((value) => Number(value) >= least && Number(value) <= 999, `must be between ${least} and 999`);
const odd = whole(1).refine(
  (value) => Number(value) % 2 === 1,
  "must be odd: etcd needs a majority, and an even number only adds a machine that can fail",
);

export const DECISIONS: readonly Decision[] = [
  {
    key: "organization",
    flag: "--organization <name>",
    question: "Organisation that the cluster belongs to",
    schema: organizationSchema,
  },
  {
    key: "environment",
    flag: "--environment <kind>",
    question: "Environment",
    choices: ["development", "staging", "production"],
    schema: clusterSchema.shape.environment,
  },
  {
    key: "domain",
    flag: "--domain <name>",
    question: "DNS domain of the cluster (empty: none)",
    fallback: () => "",
    schema: z.literal("").or(dnsName),
  },
  {
    key: "cloud",
    flag: "--cloud <name>",
    question: "Entry of clouds.yaml",
    fallback: () => "openstack",
    schema: text,
  },
  {
    key: "externalNetwork",
    flag: "--external-network <name-or-id>",
    question: "External network, where floating IPs come from",
    schema: text,
  },
  {
    key: "availabilityZone",
    flag: "--availability-zone <zone>",
    question: "Availability zones to spread machines over, separated by commas (empty: Nova chooses)",
    list: true,
    fallback: () => "",
    schema: anything,
  },
  {
    key: "image",
    flag: "--image <name-or-id>",
    question: "Image of the machines",
    schema: text,
  },
  {
    key: "controlPlanes",
    flag: "--control-planes <number>",
    question: "Number of control-plane machines",
    fallback: ({ environment }) => (environment === "development" ? "1" : "3"),
    schema: odd,
  },
  {
    key: "controlPlaneFlavor",
    flag: "--control-plane-flavor <name-or-id>",
    question: "Flavor of the control plane",
    schema: text,
  },
  {
    key: "workers",
    flag: "--workers <number>",
    question: "Number of workers",
    fallback: ({ environment }) => (environment === "development" ? "1" : "3"),
    schema: whole(0),
  },
  {
    key: "workerFlavor",
    flag: "--worker-flavor <name-or-id>",
    question: "Flavor of the workers",
    schema: text,
  },
  {
    key: "apiEndpoint",
    flag: "--api-endpoint <type>",
    question: "How the Kubernetes API is reached",
    choices: ["octavia", "kube-vip", "single"],
    fallback: ({ controlPlanes }) => (controlPlanes === "1" ? "single" : "octavia"),
    schema: z.enum(["octavia", "kube-vip", "single"]),
  },
  {
    key: "sshAllowedCidr",
    flag: "--ssh-allowed-cidr <network>",
    question: "Networks from which SSH is allowed, separated by commas",
    list: true,
    schema: cidr,
  },
  {
    key: "apiAllowedCidr",
    flag: "--api-allowed-cidr <network>",
    question: "Networks from which the Kubernetes API is allowed, separated by commas",
    list: true,
    schema: cidr,
  },
  {
    key: "repository",
    flag: "--repository <url>",
    question:
      "Git repository of the platform, https://… or ssh://… (empty: no storage classes, Flux or backups)",
    fallback: () => "",
    schema: z.literal("").or(gitops.shape.repository.shape.url),
  },
];

/** What is wrong with an answer; undefined when nothing is. */
export function problemWith(decision: Decision, answer: string | readonly string[]): string | undefined {
  const values = typeof answer === "string" ? split(decision, answer) : answer;
  if (values.length === 0 && decision.fallback === undefined) return "must name at least one";
  for (const value of values) {
    const { error } = decision.schema.safeParse(value);
    if (error === undefined) continue;
    const reason =
      decision.choices === undefined
        ? error.issues[0]?.message
        : `must be one of ${decision.choices.join(", ")}`;
    return `${JSON.stringify(value)} ${reason}`;
  }
  return undefined;
}

/** A typed line as one value, or as the values between its commas. */
export function split({ list }: Decision, line: string): string[] {
  if (list !== true) return [line.trim()];
  return line.split(/[\s,]+/).filter((part) => part !== "");
}

/** Asks one question until the answer is right, and returns the line as it was typed. */
export type Ask = (decision: Decision, fallback: string | undefined) => Promise<string>;

/**
 * All decisions: from the flags, else by asking, else their fallback.
 * @throws UserError that names every wrong and every missing flag at once.
 */
export async function decide(given: Answers, ask?: Ask): Promise<Answers> {
  const wrong = DECISIONS.flatMap((decision) => wrongFlag(decision, given[decision.key]));
  const missing = DECISIONS.filter(({ key, fallback }) => given[key] === undefined && fallback === undefined);
  const absent =
    ask === undefined && missing.length > 0 ? [`missing: ${missing.map(({ flag }) => flag).join(" ")}`] : [];
  if (wrong.length + absent.length > 0)
    throw new UserError(
      [...wrong, ...absent].join("\n  "),
      absent.length > 0 ? "Give these flags, or run it on a terminal to be asked." : undefined,
    );
  const answers: Record<string, string | readonly string[]> = {};
  for (const decision of DECISIONS) {
    answers[decision.key] = given[decision.key] ?? (await oneAnswer(decision, answers, ask));
  }
  return answers;
}

function wrongFlag(decision: Decision, answer: Answers[string]): string[] {
  const problem = answer === undefined ? undefined : problemWith(decision, answer);
  return problem === undefined ? [] : [`${decision.flag.split(" ")[0]}: ${problem}`];
}

async function oneAnswer(decision: Decision, answers: Answers, ask?: Ask): Promise<string | string[]> {
  const fallback = decision.fallback?.(answers);
  const line = ask === undefined ? (fallback ?? "") : await ask(decision, fallback);
  const values = split(decision, line);
  return decision.list === true ? values : (values[0] ?? "");
}
