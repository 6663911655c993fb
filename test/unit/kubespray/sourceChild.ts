/** `ensureKubespray` in a process of its own, which a test may kill. Its argument is the source as JSON. */
import { ensureKubespray, type KubespraySource } from "../../../kubespray/source";
import { Supervisor } from "../../../runner/supervisor/supervisor";

const supervisor = new Supervisor();
void ensureKubespray(JSON.parse(process.argv[2] ?? "") as KubespraySource, { supervisor })
  .then((made) => process.stdout.write(JSON.stringify(made)))
  .catch((error: unknown) => {
    console.error(String(error));
    process.exitCode = 1;
  })
  .finally(() => supervisor.close());
