/**
 * The short soak: what failed once, then sequences that nobody has seen. Side by side, because they wait for the
 * provider most of the time. The long one is `npm run soak`.
 */
import assert from "node:assert/strict";
import { play, type Played } from "../soak/play";
import { REGRESSIONS } from "../soak/regressions";
import { skipWhenLate } from "../support/skip";
import { freshSeed, shortened, sequenceOf } from "../soak/sequence";

/** What nobody has seen must not decide whether a change lands: they are asked for, by a schedule. */
const FRESH = Number(process.env["OPENCENTER_SOAK_FRESH"] ?? 0);
/** More at a time are not sooner over on the two processors of a CI machine. */
const AT_A_TIME = 3;

describe("a soak", () => {
  const seed = freshSeed();
  const regressions = REGRESSIONS.filter(({ always }) => always).map(({ found, sequence }) => ({
    title: `again: ${found}`,
    sequence,
  }));
  const fresh = Array.from({ length: FRESH }, (_, index) => ({
    title: `seed ${seed + index}: ends converged or refused, the state equal to the cloud`,
    sequence: shortened(sequenceOf(seed + index)),
  }));
  const all = [...regressions, ...fresh];
  const results = new Map<number, Promise<Played>>();

  before(function () {
    skipWhenLate(this);
    if (fresh.length > 0)
      console.log(
        `      seeds ${fresh.map(({ sequence }) => sequence.seed).join(" and ")}, of the commit or the day`,
      );
    const waiting = all.map((_, index) => index);
    const settled = new Map<number, (played: Played | PromiseLike<Played>) => void>();
    for (const index of waiting) results.set(index, new Promise((resolve) => settled.set(index, resolve)));
    const lane = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const playing = play(all[next]!.sequence);
        settled.get(next)!(playing);
        await playing.catch(() => undefined);
      }
    };
    for (let lanes = 0; lanes < AT_A_TIME; lanes++) void lane();
  });

  for (const [index, { title, sequence }] of all.entries()) {
    it(title, async () => {
      const { failure, diary } = await results.get(index)!;
      const again = `npm run soak -- --sequences 1 --seed ${sequence.seed}`;
      assert.equal(failure, undefined, `${diary.join("\n")}\n${failure}\nThe whole of this seed: ${again}`);
    });
  }
});
