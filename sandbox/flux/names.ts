/** Names that Flux's own manifests have. */
export const FLUX_NAMESPACE = "flux-system";
