/** Where backups go, and when. */
import { at, when, type Rule } from "./rule";

const STORE = at("backup", "store");

const s3Needs: Rule = {
  // Velero starts without them and fails with the first backup.
  code: "s3-needs",
  check: ({ backup }, written) =>
    (backup.store === "s3" ? (["endpoint", "bucket"] as const) : [])
      .filter((key) => written.backup?.[key] === undefined)
      .map((key) => ({
        path: at("backup", key),
        message: "is missing; store s3 needs an endpoint and a bucket",
        hint: "Add it, or write store: swift.",
        because: [STORE],
      })),
};

const unusedKeys: Rule = {
  // A key without effect hides that the setting is not in force.
  code: "no-effect",
  check: ({ backup: { store } }, written) => {
    const all = ["endpoint", "region", "bucket", "schedule", "retention"] as const;
    const dead = store === "none" ? all : store === "swift" ? (["endpoint", "region"] as const) : [];
    return dead
      .filter((key) => written.backup?.[key] !== undefined)
      .map((key) => ({
        path: at("backup", key),
        message: `has no effect with store ${store}`,
        hint: "Remove it, or change the store.",
        because: [STORE],
      }));
  },
};

const storeMissing: Rule = {
  // A backup that goes nowhere is noticed on the day it is needed.
  code: "backup-without-store",
  check: ({ backup, services }, written) => {
    if (backup.store !== "none") return [];
    const users = (["velero", "etcd-backup"] as const).filter((name) => services[name]?.enabled === true);
    const hint = "Write backup.store: swift or s3.";
    return [
      ...users.map((name) => ({
        path: at("services", name, "enabled"),
        message: `${name} is enabled, but backup.store is none`,
        hint,
        because: [STORE],
      })),
      ...when(written.backup?.etcdSnapshots === true, {
        path: at("backup", "etcdSnapshots"),
        message: "is true, but backup.store is none",
        hint,
        because: [STORE],
      }),
    ];
  },
};

const NO_BACKUP_HINT = "Write backup.store: swift or s3, or take your own backups.";

const productionStore: Rule = {
  // Disaster recovery restores from the store, and there is none.
  code: "no-backup",
  check: ({ backup, environment }) =>
    when(backup.store === "none" && environment === "production", {
      severity: "warning",
      path: STORE,
      message: "is none: a production cluster without backups",
      hint: NO_BACKUP_HINT,
      because: [at("environment")],
    }),
};

/** Minute, hour, day of month, month, day of week: lowest and highest value. */
const CRON_FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** `*`, `5`, `1-5`, each with an optional step. Own code: 10 lines for one field, and no dependency at hand has it. */
function isCronPart(part: string, lowest: number, highest: number): boolean {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/([1-9]\d?))?$/.exec(part);
  if (match === null) return false;
  const from = match[1] === undefined ? lowest : Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from >= lowest && to <= highest && from <= to;
}

const cron: Rule = {
  // Velero takes the object and reports the mistake in its status, where nobody looks.
  code: "cron-expression",
  check: ({ backup: { schedule, store } }) => {
    const fields = schedule.trim().split(/\s+/);
    const wrong = fields.findIndex((field, index) => {
      const [lowest, highest] = CRON_FIELDS[index] ?? [0, 0];
      return !field.split(",").every((part) => isCronPart(part, lowest, highest));
    });
    const names = ["minute", "hour", "day of month", "month", "day of week"];
    return when(wrong >= 0 && store !== "none", {
      path: at("backup", "schedule"),
      message: `${JSON.stringify(fields[wrong])} is not a ${names[wrong]} of a cron expression`,
      hint: 'Write five fields of numbers, *, ranges, lists and steps, for example "0 3 * * *".',
      because: [STORE],
    });
  },
};

export const backupRules: readonly Rule[] = [s3Needs, unusedKeys, storeMissing, productionStore, cron];
