/** The Gateway that the platform's own pages are reached through. */
import { catalogue } from "../../../config/catalogue";
import type { ServiceContext } from "../definition";

export const PLATFORM_GATEWAY = {
  name: "platform",
  namespace: catalogue["gateway-api"].namespace,
} as const;

/**
 * Whether the Gateway ends TLS: its certificate is one for all names of the domain, which only DNS-01 can get.
 */
export function hasWildcardCertificate(context: ServiceContext): boolean {
  const { config } = context;
  return (
    config.domain !== undefined &&
    context.isEnabled("gateway-api") &&
    context.isEnabled("cert-manager") &&
    config.services["cert-manager"]?.acme?.solver === "dns01-designate"
  );
}

/** Name of a page of the platform in the cluster's domain; nothing where no Gateway could serve it by TLS. */
export function pageHost(context: ServiceContext, page: string): string | undefined {
  return hasWildcardCertificate(context) ? `${page}.\${domain}` : undefined;
}

/** What a route refers to. */
export const secureListener = { ...PLATFORM_GATEWAY, sectionName: "https" } as const;
