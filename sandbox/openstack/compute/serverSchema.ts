/** Bodies of the calls that make and change servers. */
import { z } from "zod";

const MAX_USER_DATA = 65_535;

export const metadata = z.record(z.string().min(1).max(255), z.string().max(255));
export const serverName = z.string().trim().min(1).max(255);
export const tags = z
  .array(
    z
      .string()
      .min(1)
      .max(60)
      .regex(/^[^,/]*$/, "Tag must not contain characters ',' and '/'"),
  )
  .max(50);

const base64 = z
  .string()
  .max(MAX_USER_DATA, "User data too large")
  .refine((value) => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value), "User data needs to be valid base 64.");

const blockDevice = z.object({
  uuid: z.string().optional(),
  source_type: z.enum(["image", "volume", "snapshot", "blank"]).default("volume"),
  destination_type: z.enum(["local", "volume"]).optional(),
  boot_index: z.coerce.number().int().nullish(),
  volume_size: z.coerce.number().int().optional(),
  volume_type: z.string().optional(),
  delete_on_termination: z.boolean().default(false),
  device_name: z.string().optional(),
  tag: z.string().optional(),
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const uuid = z.string().regex(UUID, { error: ({ input }) => `'${String(input)}' is not a 'uuid'` });

const network = z.object({
  uuid: z.string().optional(),
  port: uuid.nullish().transform((port) => port ?? undefined),
  fixed_ip: z.string().optional(),
  tag: z.string().optional(),
});

const hints = z.object({ group: uuid.optional() });

/** Attributes that an older version does not know, by the version that brought them. */
const SINCE: Readonly<Record<string, number>> = { description: 19, tags: 52, hostname: 90 };

/** @returns the body that a version takes: with fewer attributes the older it is */
export function bodySchemaOf(version: number) {
  const later = Object.keys(SINCE).filter((key) => (SINCE[key] ?? 0) > version);
  return bodySchema.superRefine(({ server }, context) => {
    const path = ["server"];
    for (const key of later) {
      if (server[key as keyof typeof server] !== undefined)
        context.addIssue({ code: "custom", path, message: `Unrecognized key: "${key}"` });
    }
    if (version >= 37 && server.networks === undefined)
      context.addIssue({ code: "custom", path, message: "'networks' is a required property" });
  });
}

export const createSchema = z.strictObject({
  name: serverName,
  flavorRef: z.coerce.string(),
  imageRef: z.string().optional(),
  networks: z.union([z.enum(["auto", "none"]), z.array(network)]).optional(),
  block_device_mapping_v2: z.array(blockDevice).optional(),
  security_groups: z.array(z.object({ name: z.string() })).optional(),
  availability_zone: z.string().optional(),
  key_name: z.string().optional(),
  user_data: base64.nullish(),
  config_drive: z.union([z.boolean(), z.string()]).optional(),
  metadata: metadata.default({}),
  tags: tags.optional(),
  description: z.string().nullish(),
  hostname: z.string().min(1).max(255).optional(),
  adminPass: z.string().optional(),
  accessIPv4: z.string().optional(),
  accessIPv6: z.string().optional(),
  min_count: z.coerce.number().int().max(1, "The sandbox makes one server per call").optional(),
  max_count: z.coerce.number().int().max(1, "The sandbox makes one server per call").optional(),
  return_reservation_id: z.union([z.boolean(), z.string()]).optional(),
  "OS-DCF:diskConfig": z.enum(["AUTO", "MANUAL"]).optional(),
  personality: z.array(z.unknown()).optional(),
});

const bodySchema = z.object({
  server: createSchema,
  "os:scheduler_hints": hints.optional(),
  "OS-SCH-HNT:scheduler_hints": hints.optional(),
});

export const updateSchema = z.object({
  name: serverName.optional(),
  description: z.string().nullish(),
  accessIPv4: z.string().optional(),
  accessIPv6: z.string().optional(),
});

export type CreateServer = z.output<typeof createSchema>;
export type BlockDevice = z.output<typeof blockDevice>;
