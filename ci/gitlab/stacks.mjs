/** A matrix on standard input becomes a child pipeline on standard output. */
import { readFileSync } from "node:fs";
import { stringify } from "yaml";

/** Whoever may deploy to the protected environment starts the job. */
const BY_HAND = "production";

function job({ stack, environment }) {
  return {
    extends: ".up",
    variables: { STACK: stack },
    // Jobs of one group wait for each other, in whichever pipelines they are.
    resource_group: `up-${stack}`,
    environment: { name: `${environment}/${stack}` },
    ...(environment === BY_HAND ? { rules: [{ when: "manual", allow_failure: false }] } : {}),
  };
}

/** A child pipeline without a job is an error to GitLab. */
const NOTHING = { "no stack is affected": { script: ["true"], variables: { GIT_STRATEGY: "none" } } };

const { include } = JSON.parse(readFileSync(0, "utf8"));
const jobs = Object.fromEntries(include.map((one) => [`up ${one.stack}`, job(one)]));
const pipeline = {
  include: [{ local: "ci/gitlab/up.gitlab-ci.yml" }],
  ...(include.length > 0 ? jobs : NOTHING),
};
process.stdout.write(stringify(pipeline));
