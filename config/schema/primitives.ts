/** The small types that the sections of the schema share. */
import { z } from "zod";
import { isAddress, isCidr, networkOf } from "../address";

/** RFC 1123 label, beginning with a letter because some clouds refuse host names that begin with a digit. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    "must be lower-case letters, digits and '-', beginning with a letter",
  )
  .max(63);

export const dnsName = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a full DNS name in lower case, for example k8s.example.com",
  )
  .max(253);

export const cidr = z
  .string()
  .refine(isCidr, "must be a network in CIDR notation, for example 10.20.0.0/22")
  .refine((value) => !isCidr(value) || networkOf(value) === value, {
    error: (issue) => `has host bits set; the network is ${networkOf(String(issue.input))}`,
  });

export const address = z.string().refine(isAddress, "must be one IP address, for example 10.20.0.5");

/** An address or a DNS name: what a time server may be given as. */
export const host = z
  .string()
  .refine(
    (value) => isAddress(value) || /^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$/.test(value),
    "must be a host name or an IP address",
  );

/** `90s`, `30m`, `2h`, `30d`. */
export const duration = z
  .string()
  .regex(/^[1-9]\d*[smhd]$/, "must be a number and s, m, h or d, for example 30m");

export const port = z.int().min(1).max(65535);

export const uuid = z
  .string()
  // Both cases spelled out: a JSON schema has no flags, and editors would refuse what the program takes.
  .regex(/^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, "must be the UUID that OpenStack shows");

/** A tag as Nova and Neutron take it; Nova refuses ',' and '/' and more than 60 characters. */
export const tag = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^,/]+$/, "must not contain ',' or '/'");

/** Nova's limit for both is 255 characters. */
export const metadata = z.record(z.string().regex(/^[a-zA-Z0-9-_:. ]{1,255}$/), z.string().max(255));

export const pem = z
  .string()
  .regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, "must be a certificate in PEM form");

export const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" });
