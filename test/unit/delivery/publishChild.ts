/** One run of publishing in a process that a test may kill. */
import { text } from "node:stream/consumers";
import { publish } from "../../../delivery/publish";
import type { DeliveryRequest, DeliverySecrets } from "../../../plan/delivery";
import { RunFailure } from "../../../runner/errors";
import { complain } from "../../../runner/output";
import { Supervisor } from "../../../runner/supervisor/supervisor";
import { renderer } from "./support";

async function main(): Promise<void> {
  const { root, request } = JSON.parse(await text(process.stdin)) as {
    root: string;
    request: DeliveryRequest;
  };
  const secrets = JSON.parse(process.env.OPENCENTER_SECRETS ?? "") as DeliverySecrets;
  const supervisor = new Supervisor();
  const result = await publish({ root, request, secrets, renderer, supervisor });
  supervisor.close();
  console.log(JSON.stringify(result));
}

main().catch((error: unknown) => {
  if (error instanceof RunFailure) complain(error.message, error.hints);
  else console.error(error);
  process.exit(1);
});
