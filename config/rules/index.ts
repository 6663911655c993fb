/** Every rule between values. A new one goes into the file of its idea; this list is all there is to register. */
import { accessRules } from "./access";
import { backupRules } from "./backup";
import { endpointRules } from "./endpoint";
import { existingNetworkRules } from "./existingNetwork";
import { extraVarRules } from "./extraVars";
import { kubernetesSyntaxRules } from "./kubernetesSyntax";
import { listRules } from "./lists";
import { nameRules } from "./names";
import { networkRules } from "./networks";
import { nodeRules } from "./nodes";
import { placeholderRules } from "./placeholders";
import { pluginRules } from "./plugin";
import type { Rule } from "./rule";
import { serviceRules } from "./services";
import { sourceRules } from "./sources";
import { subnetRules } from "./subnet";
import { versionRules } from "./versions";

export const rules: readonly Rule[] = [
  ...nameRules,
  ...listRules,
  ...networkRules,
  ...subnetRules,
  ...existingNetworkRules,
  ...nodeRules,
  ...endpointRules,
  ...pluginRules,
  ...accessRules,
  ...kubernetesSyntaxRules,
  ...versionRules,
  ...extraVarRules,
  ...serviceRules,
  ...sourceRules,
  ...backupRules,
  ...placeholderRules,
];
