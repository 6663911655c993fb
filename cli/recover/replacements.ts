/**
 * Resources that a run had deleted, and not made again when it ended. The engine deletes such a one once more where what it stands
 * on is replaced, and the provider cannot where that is gone, as a member without its pool: no run gets past it. Without
 * the engine's mark, and read again, it is gone like anything else.
 */
import type { StackState, StateResource } from "./state";

/** Commands are left to the engine: they cannot be read, and would be run as if they were there. */
export function halfReplaced({ resources }: StackState): StateResource[] {
  return resources.filter(
    ({ type, pendingReplacement }) => pendingReplacement === true && /^openstack:/.test(type),
  );
}

/** @param exported output of `pulumi stack export` @returns the same for `pulumi stack import`, without the marks of these */
export function withoutMarks(exported: string, marked: readonly StateResource[]): string {
  const urns = new Set(marked.map(({ urn }) => urn));
  const document = JSON.parse(exported) as { deployment: { resources: StateResource[] } };
  const { deployment } = document;
  const resources = deployment.resources.map((resource) => {
    const { pendingReplacement: _, ...unmarked } = resource;
    return urns.has(resource.urn) ? unmarked : resource;
  });
  return JSON.stringify({ ...document, deployment: { ...deployment, resources } });
}
