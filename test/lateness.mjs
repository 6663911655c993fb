/**
 * What a run leaves out that would not be at its end within its hour: because it had to build Kubernetes first, or on a
 * slow machine. How slow it is, the checks tell. Plain Node.js, as the runner.
 */

/** Of sixty: what varies from run to run has room in the rest. */
const LAST_MINUTE = 57;
/** Seen on two cores that did nothing else: the checks, and all that runs on the engine. */
const USUAL = { checksSeconds: 170, endToEndMinutes: 45 };
/**
 * Minutes that a run is shorter without each, in the order in which they go: first what other suites show most of, last
 * what only real services show.
 */
const SPARED = {
  soak: 1.5,
  rotateMachines: 4,
  variants: 2,
  realOpenstack: 4.5,
  fidelity: 1,
  realLifecycle: 8,
};

/**
 * @param minutesGone before the first of them can begin
 * @param checksSeconds what the checks took; 0 when they were not asked for
 * @returns the reason of each suite that is left out, by its name
 */
export function leftOut(minutesGone, checksSeconds) {
  const pace = Math.max(1, checksSeconds / USUAL.checksSeconds);
  const end = minutesGone + pace * USUAL.endToEndMinutes;
  const why = `the run would take ${Math.round(end)} of 60 minutes with all of it: ${Math.round(minutesGone)} had gone before it could begin, on a machine that takes ${pace.toFixed(1)} times as long as usual`;
  const reasons = {};
  let left = end;
  for (const [suite, minutes] of Object.entries(SPARED)) {
    if (left <= LAST_MINUTE) break;
    reasons[suite] = why;
    left -= pace * minutes;
  }
  return reasons;
}
