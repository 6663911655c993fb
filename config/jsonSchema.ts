/** The JSON schema of a whole stack file, for editors: completion and red underlines while somebody types. */
import { schemaModel, type SchemaNode } from "./checking/schemaModel";
import { GIVEN } from "./stackFile/given";

const encrypted: SchemaNode = {
  type: "object",
  properties: {
    secure: { type: "string", description: "Ciphertext, as `pulumi config set --secret` writes it." },
  },
  required: ["secure"],
  additionalProperties: false,
};

/** The pack itself knows the rules, and says what is wrong. */
const policySettings = {
  type: "object",
  description: "Settings of the policy pack's rules, by rule: docs/policy/README.md.",
  additionalProperties: { type: "object" },
};

const given: Readonly<Record<string, SchemaNode>> = Object.fromEntries(
  Object.entries(GIVEN).map(([name, { secret, about }]) => {
    const key = `opencenter:${name}`;
    if (!secret) return [key, { type: "string", description: about }];
    return [key, { ...encrypted, description: `${about} pulumi config set --secret ${key}` }];
  }),
);

/** Keys of the engine and of other programs are none of this schema's business. */
const ownKeys = /^opencenter:/.source;

/** JSON schema (draft 2020-12) of `stacks/Pulumi.<cluster>.yaml`. */
export function stackFileSchema(): SchemaNode {
  const { organization = {}, cluster = {} } = schemaModel().properties ?? {};
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack of an opencenter cluster",
    description: "The configuration of one cluster: a Pulumi stack's file.",
    type: "object",
    properties: {
      config: {
        type: "object",
        description: "Configuration of the stack.",
        properties: {
          "opencenter:organization": organization,
          "opencenter:cluster": cluster,
          "opencenter:policy": policySettings,
          ...given,
        },
        required: ["opencenter:organization", "opencenter:cluster"],
        // A misspelled key of ours is an error; those of the engine and of other programs pass.
        propertyNames: {
          anyOf: [
            { not: { pattern: ownKeys } },
            {
              enum: [
                "opencenter:organization",
                "opencenter:cluster",
                "opencenter:policy",
                ...Object.keys(given),
              ],
            },
          ],
        },
      },
    },
    required: ["config"],
  };
}

/** The schema as the text of its file. */
export function stackFileSchemaText(): string {
  return `${JSON.stringify(stackFileSchema(), undefined, 2)}\n`;
}
