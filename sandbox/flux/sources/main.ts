/** What Flux reads, as a program: `tsx sandbox/flux/sources/main.ts --directory DIR --port N`. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Charts } from "./charts";
import { answerGit } from "./git";
import { CHARTS_PATH, repositoriesFolder, tokenFile } from "./layout";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { directory: text, port: text } });
const { directory, port } = values;
if (directory === undefined || port === undefined) throw new Error("usage: main.ts --directory DIR --port N");

process.title = "git-and-charts-in-the-sandbox";
const charts = new Charts();
const host = {
  repositories: repositoriesFolder(directory),
  token: readFileSync(tokenFile(directory), "utf8").trim(),
};
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://sandbox");
  if (pathname === "/ready") response.end("ok\n");
  else if (!pathname.startsWith(CHARTS_PATH)) answerGit(host, request, response);
  else
    charts.answer(pathname.slice(CHARTS_PATH.length), response).catch((error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    });
});
server.listen(Number(port), "127.0.0.1");

const stop = () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
