// A viewer with the JavaScript client: prints each event of the server as a line of JSON.
//
//     node viewer.mjs URL AUTH TRANSPORT...
import { io } from "socket.io-client";

const [url, auth, ...transports] = process.argv.slice(2);
const socket = io(url, { auth: JSON.parse(auth), transports, reconnection: false });

function print(event, payload) {
  process.stdout.write(`${JSON.stringify({ event, payload })}\n`);
}

socket.on("connect", () => print("connect", socket.io.engine.transport.name));
socket.on("connect_error", (error) => print("connect_error", error.message));
socket.on("disconnect", (reason) => print("disconnect", reason));
socket.onAny(print);
process.on("SIGTERM", () => {
  socket.disconnect();
  process.exit(0);
});
