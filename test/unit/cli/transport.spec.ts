/** Answers that are not what HTTP asks for, as real services give them. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Transport } from "../../../cli/cloud/transport";

describe("the transport to a cloud", () => {
  let server: Server;
  let url: string;
  // Kept by the client for its next call, which never comes: this process would wait for it.
  const sockets: Socket[] = [];

  /** As Swift's web server does: a HEAD of what is not there is answered with the end of a body. */
  before((done) => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        if (data.toString().startsWith("HEAD"))
          socket.write(
            "HTTP/1.1 404 Not Found\r\nx-owner: me\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          );
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      });
    });
    server.listen(0, "127.0.0.1", () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      done();
    });
  });
  after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  it("takes the end of a body that a HEAD does not have, and the next answer is not hurt by it", async () => {
    const transport = new Transport();
    for (let round = 0; round < 3; round++) {
      const { status, headers } = await transport.send({ method: "HEAD", url });
      assert.deepEqual([status, headers["x-owner"]], [404, "me"]);
      assert.equal((await transport.send({ method: "GET", url })).body, "{}");
    }
  });
});
