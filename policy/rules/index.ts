/** All rules, by family. */
import type { Rule } from "../rule";
import { availability } from "./availability";
import { budget } from "./budget";
import { commands } from "./commands";
import { exposure } from "./exposure";
import { naming } from "./naming";
import { protection } from "./protection";
import { providers } from "./providers";
import { secrets } from "./secrets";

export const rules: readonly Rule[] = [
  ...exposure,
  ...secrets,
  ...availability,
  ...protection,
  ...commands,
  ...naming,
  ...budget,
  ...providers,
];
