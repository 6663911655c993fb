import { endWithParent } from "../../../runner/orphan";
import { KUBERNETES_VERSION, KubernetesStandIn } from "./provider";
import { serve } from "./server";

const standIn = new KubernetesStandIn();

void serve(standIn).then((port) => {
  // The engine reads the port from the first line.
  console.log(port);
  // On stderr, and after the port: until it has the port, the engine keeps what a plugin says to itself.
  console.error(
    `Objects are applied by the sandbox's stand-in for the kubernetes provider ${KUBERNETES_VERSION}.`,
  );
});

endWithParent(() => standIn.cancel());
