/** Which Kubespray installs which Kubernetes. */
import { installs, kubesprayRelease, kubesprayReleases } from "../compatibility";
import { at, when, type Rule } from "./rule";

const REF = at("kubespray", "ref");
const known = kubesprayReleases.map((release) => release.ref).join(", ");
const isCommit = (ref: string): boolean => /^[0-9a-f]{40}$/.test(ref);

const unknownRef: Rule = {
  // openCenter accepted Kubespray 1.0.0; nothing is known of it, above all not its Python and Ansible.
  code: "kubespray-ref-unknown",
  check: ({ kubespray: { ref } }) => {
    if (kubesprayRelease(ref) !== undefined || isCommit(ref)) return [];
    const hint = kubesprayRelease(`v${ref}`) === undefined ? `Write one of ${known}.` : `Write v${ref}.`;
    return [{ path: REF, message: `${ref} is not a release that this program knows`, hint }];
  },
};

const commitRef: Rule = {
  // Branch heads carry fixes that no tag has, so commits are allowed.
  code: "kubespray-commit",
  check: ({ kubespray: { ref } }) =>
    when(isCommit(ref), {
      severity: "warning",
      path: REF,
      message: `${ref} is a commit: whether it installs this Kubernetes version is not checked`,
      hint: `Prefer a release: ${known}.`,
    }),
};

const window: Rule = {
  // Kubespray knows a version by its checksums, and says so only in its first play.
  code: "kubernetes-version-unsupported",
  check: ({ kubernetes: { version }, kubespray: { ref } }, written) => {
    const release = kubesprayRelease(ref);
    if (release === undefined) return [];
    if (installs(release, version)) return [];
    const others = kubesprayReleases.filter((other) => installs(other, version)).map((other) => other.ref);
    const change = others.length > 0 ? `, or kubespray.ref ${others.join(" or ")}` : "";
    const ranges = Object.entries(release.patches).map(([minor, patch]) => `${minor}.0 to ${minor}.${patch}`);
    return [
      {
        // The one that was written; a new ref over a default version is as common as the other way round.
        path:
          written.kubernetes?.version === undefined && written.kubespray?.ref !== undefined
            ? REF
            : at("kubernetes", "version"),
        message: `Kubespray ${ref} does not install Kubernetes ${version}`,
        hint: `Write a version of ${ranges.join(", ")}${change}.`,
        because: [REF, at("kubernetes", "version")],
      },
    ];
  },
};

const unwritten: Rule = {
  // A default moves with the program: the first `pulumi up` after its update would upgrade a running cluster.
  code: "version-unwritten",
  check: ({ kubernetes: { version }, kubespray: { ref } }, written) => {
    const missing = [
      {
        path: at("kubernetes", "version"),
        value: version,
        absent: written.kubernetes?.version === undefined,
      },
      { path: REF, value: ref, absent: written.kubespray?.ref === undefined },
    ].filter(({ absent }) => absent);
    return missing.slice(0, 1).map(({ path }) => ({
      severity: "warning" as const,
      path,
      message: "is left to the program's default: a newer program would upgrade the cluster by itself",
      hint: `Write ${missing.map((one) => `${one.path.slice(1).join(".")}: ${one.value}`).join(" and ")}, or what runs already.`,
    }));
  },
};

export const versionRules: readonly Rule[] = [unknownRef, commitRef, window, unwritten];
