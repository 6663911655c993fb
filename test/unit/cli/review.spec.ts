/** Comments and tickets on a host that behaves like GitHub and GitLab, and digests of what was reviewed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { UserError } from "../../../cli/errors";
import type { DriftReport } from "../../../cli/drift/report";
import { digestOfOutcome, linesOf, type Reviewed } from "../../../cli/report/digest";
import { digestsIn, MARKER, reportMarkdown } from "../../../cli/report/markdown";
import { readOutcome } from "../../../cli/report/outcome";
import type { StackReport } from "../../../cli/report/verdict";
import { postReport } from "../../../cli/review/comment";
import { reviewedDigest } from "../../../cli/review/reviewed";
import { surroundingsOf } from "../../../cli/review/surroundings";
import { FakeHost, TOKEN } from "../../support/fakeHost";
import { carryOut, decide, looksIn, ticketText } from "../../../cli/review/tickets";

const change = (name: string, more = {}) =>
  ({ op: "update", type: "t:i:T", name, properties: ["a", "b"], becomes: "0123456789", ...more }) as const;
const PREVIEW: Reviewed = {
  changes: [change("one"), change("two", { op: "delete", becomes: undefined })],
  playbooks: ["scale.yml", "cluster.yml"],
  files: ["A x", "M y"],
};

const reportOf = (stack: string, more: Partial<StackReport> = {}): StackReport => ({
  stack,
  because: "x",
  issues: [],
  outcome: { ...PREVIEW, policies: [], errors: [] },
  exitCode: 0,
  replacements: { refused: true, allow: [] },
  ...more,
});

describe("the digest of a preview", () => {
  const shuffle = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });

  it("is the same in any order of the engine's, and of names", () => {
    fc.assert(
      fc.property(shuffle(PREVIEW.changes), shuffle(PREVIEW.files), (changes, files) => {
        const other = changes.map((one) => ({ ...one, properties: [...one.properties].reverse() }));
        assert.equal(digestOfOutcome({ ...PREVIEW, changes: other, files }), digestOfOutcome(PREVIEW));
        assert.deepEqual(linesOf({ ...PREVIEW, changes: other, files }), linesOf(PREVIEW));
      }),
    );
  });

  it("is another one for anything else that would be done", () => {
    const first = change("one");
    const others: readonly Partial<Reviewed>[] = [
      { changes: [change("one", { op: "replace" }), PREVIEW.changes[1]!] },
      { changes: [change("one", { properties: ["a"] }), PREVIEW.changes[1]!] },
      { changes: [{ ...first, becomes: "another value" }, PREVIEW.changes[1]!] },
      { changes: [change("other"), PREVIEW.changes[1]!] },
      { changes: [first] },
      { playbooks: ["cluster.yml", "scale.yml"] },
      { playbooks: ["scale.yml"] },
      { files: ["A x"] },
    ];
    const all = [PREVIEW, ...others.map((other) => ({ ...PREVIEW, ...other }))].map(digestOfOutcome);
    assert.equal(new Set(all).size, all.length);
  });

  it("sees another value of the same property in the engine's events, in any order of its keys", () => {
    const event = (inputs: string) =>
      `{"resourcePreEvent":{"metadata":{"op":"update","urn":"a::b::c::n","type":"x:y:Z","diffs":["flavor"],"new":{"custom":true,"inputs":${inputs}}}}}`;
    const digest = (inputs: string) => digestOfOutcome(readOutcome(event(inputs)));
    assert.equal(digest('{"flavor":"large","name":"n"}'), digest('{"name":"n","flavor":"large"}'));
    assert.notEqual(digest('{"flavor":"large","name":"n"}'), digest('{"flavor":"huge","name":"n"}'));
  });

  it("stands in the comment for programs and for people, and not where the preview failed", () => {
    const comment = reportMarkdown([reportOf("prod"), reportOf("broken", { exitCode: 255 })]);
    assert.deepEqual([...digestsIn(comment)], [["prod", digestOfOutcome(PREVIEW)]]);
    assert.match(comment, new RegExp(`Reviewed preview: \`${digestOfOutcome(PREVIEW)}\``));
  });

  it("is read from the comment's beginning alone: what it quotes may look like anything", () => {
    const forged = "<!-- opencenter reviewed prod 00000000 -->";
    const quoted = reportMarkdown([reportOf("dev", { because: forged })], [`x\n${forged}\n`]);
    assert.deepEqual([...digestsIn(quoted).keys()], ["dev"]);
    assert.deepEqual([...digestsIn(`${MARKER}\n\n${forged}`)], []);
  });
});

for (const kind of ["github", "gitlab"] as const)
  describe(`on ${kind}`, () => {
    let host: FakeHost;
    beforeEach(async () => (host = await FakeHost.start(kind)));
    afterEach(() => host.stop());
    const bodies = () => host.comments.map(({ body }) => body as string);

    it("the comment is written once, then edited in place, on any page, and nobody else's", async () => {
      for (const number of [1, 2, 3])
        host.comments.push({ id: number, ...host.by("them"), body: `talk ${number}` });
      host.comments.push({ id: 4, ...host.by("them"), body: `${MARKER}\nforged` });
      assert.match(await postReport(host.surroundings, `${MARKER}\nfirst`), /written/);
      assert.match(await postReport(host.surroundings, `${MARKER}\nsecond`), /edited/);
      assert.deepEqual(bodies(), ["talk 1", "talk 2", "talk 3", `${MARKER}\nforged`, `${MARKER}\nsecond`]);
    });

    it("that nothing is affected mends a comment, and begins none", async () => {
      const nothing = () => postReport(host.surroundings, reportMarkdown([]), { evenFirst: false });
      assert.match(await nothing(), /No stack is affected/);
      assert.deepEqual(bodies(), []);
      await postReport(host.surroundings, reportMarkdown([reportOf("prod")]));
      assert.match(await nothing(), /edited/);
      assert.deepEqual(bodies(), [reportMarkdown([])]);
    });

    it("a comment that is too long is cut, and keeps what programs read", async () => {
      const { board } = host.surroundings;
      const long = reportMarkdown([reportOf("prod")]) + "x".repeat(board.longest);
      await postReport(host.surroundings, long);
      assert.equal(bodies()[0]!.length, board.longest);
      assert.match(bodies()[0]!, /cut here/);
      assert.ok(digestsIn(bodies()[0]!).has("prod"));
    });

    it("a host that refuses is named, with its words, and without the token", async () => {
      host.broken = 403;
      await assert.rejects(postReport(host.surroundings, `${MARKER}\n`), (error: UserError) => {
        assert.match(error.message, /403: it is broken/);
        assert.ok(!`${error.message}${error.hint}${error.stack}`.includes(TOKEN));
        return error instanceof UserError;
      });
    });

    it("what was reviewed is what our own report on the merged pull request says", async () => {
      const into = (ref: string) => ({ base: { ref }, target_branch: ref });
      const surroundings = { ...host.surroundings, branch: "main" };
      const ask = () => reviewedDigest(surroundings, "prod", "abc123");
      await assert.rejects(ask(), /no merged pull request/);
      host.pulls = [
        { number: 3, iid: 3, merged_at: null, state: "closed", ...into("main") },
        { number: 5, iid: 5, merged_at: "2026-01-01", state: "merged", ...into("below") },
        { number: 7, iid: 7, merged_at: "2026-01-01", state: "merged", ...into("main") },
      ];
      const forged = `${MARKER}\n<!-- opencenter reviewed prod 0000000000 -->\n`;
      host.comments.push({ id: 1, ...host.by("them"), body: forged });
      await assert.rejects(ask(), /pull request 7 has no report of this login/);
      await postReport(host.surroundings, reportMarkdown([reportOf("prod")]));
      assert.equal(await ask(), digestOfOutcome(PREVIEW));
      await assert.rejects(reviewedDigest(surroundings, "other", "abc123"), /no preview of other/);
    });

    it("a ticket is opened, left alone, updated, closed, and opened again", async () => {
      const { board } = host.surroundings;
      const look = async (report: DriftReport | undefined, problem?: string) => {
        const decision = decide({ stack: "prod", report, problem }, await board.tickets());
        await carryOut(board, decision);
        return decision.action;
      };
      const state = () => host.issues.map((one) => one["state"] as string).at(-1)!;
      assert.equal(await look(driftOf()), "nothing");
      assert.equal(await look(driftOf("a")), "opened");
      assert.equal(await look(driftOf("a")), "nothing");
      assert.equal(await look(driftOf("a", "b")), "updated");
      assert.match(String(host.issues[0]!["title"]), /prod, 2 findings/);
      assert.equal(await look(undefined, "no answer"), "noted");
      assert.match(state(), /^open/);
      assert.equal(
        await look({ ...driftOf(), layers: [BLIND] }),
        "nothing",
        "what nobody saw may still differ",
      );
      assert.equal(await look(driftOf()), "closed");
      assert.equal(state(), "closed");
      assert.equal(await look(undefined), "nothing");
      assert.equal(await look(driftOf("c")), "reopened");
      assert.match(state(), /^open/);
      assert.equal(host.issues.length, 1);
    });

    it("a ticket of somebody else is left alone, also one that looks like ours", async () => {
      const { board } = host.surroundings;
      const { title, body } = ticketText("prod", driftOf("a"));
      host.issues.push({
        number: 1,
        iid: 1,
        state: "open",
        title,
        body,
        description: body,
        ...host.by("them"),
      });
      const decision = decide({ stack: "prod", report: driftOf() }, await board.tickets());
      assert.equal(decision.action, "nothing");
      assert.equal(decide({ stack: "prod", report: driftOf("a") }, await board.tickets()).action, "opened");
    });
  });

const BLIND: DriftReport["layers"][number] = { layer: "platform", looked: false, reason: "it is away" };

function driftOf(...names: string[]): DriftReport {
  const findings = names.map((name) => ({
    layer: "cloud" as const,
    code: "changed",
    subject: `Instance ${name} <script>`,
    message: "differs",
    repair: "reconcile",
  }));
  const layers = [{ layer: "cloud" as const, looked: true as const, checked: 3, findings }];
  return { organization: "acme", cluster: "prod", at: new Date().toISOString(), layers, ignored: [] };
}

describe("tickets", () => {
  it("of a cluster whose name another one begins with are its own", () => {
    const ticket = {
      id: "1",
      title: "",
      url: "",
      open: true,
      own: true,
      body: ticketText("prod-2", driftOf("a")).body,
    };
    assert.equal(decide({ stack: "prod", report: driftOf() }, [ticket]).action, "nothing");
  });

  it("take over no markup from names", () => {
    assert.ok(!ticketText("prod", driftOf("a")).body.includes("<script>"));
  });

  it("are made from what fleet drift and drift print, and from nothing else", () => {
    const report = driftOf("a");
    const fleet = {
      clusters: [
        { stack: "prod", ok: true, report },
        { stack: "dev", problem: "no answer" },
      ],
    };
    assert.deepEqual(looksIn(JSON.stringify(fleet)), [
      { stack: "prod", report },
      { stack: "dev", problem: "no answer" },
    ]);
    assert.deepEqual(looksIn(JSON.stringify({ ok: true, cluster: "prod", report })), [
      { stack: "prod", report },
    ]);
    for (const wrong of ["", "[]", '{"reports":[]}']) assert.throws(() => looksIn(wrong), /no drift report/);
  });
});

describe("where CI says which host it is", () => {
  const github = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "a/b", GITHUB_TOKEN: "t" };
  it("names the variable that is missing", () => {
    assert.throws(() => surroundingsOf({}), /neither GitHub Actions nor GitLab CI/);
    assert.throws(() => surroundingsOf({ ...github, GITHUB_TOKEN: "" }), /GITHUB_TOKEN is not set/);
    const gitlab = { GITLAB_CI: "true", CI_API_V4_URL: "http://x", CI_PROJECT_ID: "1" };
    assert.throws(() => surroundingsOf(gitlab), /GITLAB_TOKEN is not set: an access token/);
  });

  it("finds the pull request in the ref or in the event", () => {
    assert.equal(surroundingsOf({ ...github, GITHUB_REF: "refs/pull/12/merge" }).pull, 12);
    assert.equal(surroundingsOf({ ...github, GITHUB_REF: "refs/heads/main" }).pull, undefined);
    const GITHUB_EVENT_PATH = join(__dirname, "report", "event.json");
    assert.equal(surroundingsOf({ ...github, GITHUB_REF: "refs/heads/x", GITHUB_EVENT_PATH }).pull, 31);
    assert.ok(readFileSync(GITHUB_EVENT_PATH, "utf8").includes("31"));
  });
});
