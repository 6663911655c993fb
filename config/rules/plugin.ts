/** The network plug-in and how it carries pods. */
import { at, when, type Rule } from "./rule";

const encapsulation: Rule = {
  // Cilium knows VXLAN and Geneve; Kubespray would install it with a mode that does not exist.
  code: "encapsulation-unsupported",
  check: ({ kubernetes: { cni, encapsulation: mode } }) =>
    when(cni === "cilium" && mode === "ipip", {
      path: at("kubernetes", "encapsulation"),
      message: "cilium has no IP-in-IP",
      hint: "Write vxlan or none, or cni: calico.",
      because: [at("kubernetes", "cni")],
    }),
};

export const pluginRules: readonly Rule[] = [encapsulation];
