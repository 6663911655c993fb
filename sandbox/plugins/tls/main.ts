import { main } from "@pulumi/pulumi/provider";
import { endWithParent } from "../../../runner/orphan";
import { TLS_VERSION, TlsStandIn } from "./provider";

void main(new TlsStandIn(), process.argv.slice(2)).then(() =>
  // On stderr, and after the port: until it has the port, the engine keeps what a plugin says to itself.
  console.error(`Private keys are made by the sandbox's stand-in for the tls provider ${TLS_VERSION}.`),
);

endWithParent();
