/** Loaded into a measured process: says at its end what it took. */
const { appendFileSync } = require("node:fs");
const { performance } = require("node:perf_hooks");

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const taken = {
    seconds: performance.now() / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    mebibytes: maxRSS / 1024,
  };
  appendFileSync(process.env.OPENCENTER_BENCH_USAGE, `${JSON.stringify(taken)}\n`);
});
