// Node's Socket.IO as it comes: the server that is measured. Its plan comes through the
// environment (see benchmarks/ticks.py, of which this repeats the functions).
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const { Server } = require("socket.io");

const GO_INTERVAL_MS = 20;
const WIDE = 10_000_000_000;
const plan = JSON.parse(process.env.BENCHMARK_TICKS);
const server = http.createServer();
const io = new Server(server, { transports: ["websocket"] });
const ticks = [];
let offset = 0;
let beganMs = 0;

const nowMs = () => performance.timeOrigin + performance.now();

function tick(timeMs) {
  offset += 1;
  const values = [offset + 0.5];
  for (let row = 1; row < plan.n_series; row++)
    values.push((row >= 2 ? WIDE : 0) + ((offset * (row + 1)) % 1000) + 0.25);
  const one = { offset, timeMs: Math.round(timeMs * 1000) / 1000, values };
  ticks.push(one);
  if (ticks.length > plan.history_ticks) ticks.shift();
  return one;
}

const frame = (some) => ({
  v: 1,
  chart: "bench",
  epoch: "9f2c41aa",
  offset: some[some.length - 1].offset,
  t: some.map((one) => one.timeMs),
  y: some[0].values.map((_, row) => some.map((one) => one.values[row])),
});

const isOver = () =>
  plan.live_ticks !== null && offset >= plan.history_ticks + plan.live_ticks;

/** Send every tick that is due, each in a message of its own, and wait for the next. */
function beat() {
  const dueMs = () => beganMs + ((offset + 1 - plan.history_ticks) * 1000) / plan.rate_hz;
  while (!isOver() && dueMs() <= nowMs()) io.emit("tick", frame([tick(dueMs())]));
  if (!isOver()) setTimeout(beat, Math.max(0, dueMs() - nowMs()));
}

/** Send one tick in each turn of the event loop, which lets the sockets drain in between. */
function flood() {
  io.emit("tick", frame([tick(nowMs())]));
  setImmediate(flood);
}

function waitForGo() {
  if (!fs.existsSync(plan.go)) return setTimeout(waitForGo, GO_INTERVAL_MS);
  beganMs = nowMs();
  return plan.rate_hz === null ? flood() : beat();
}

const firstMs = nowMs() - plan.history_ticks * 1000;
while (offset < plan.history_ticks) tick(firstMs + (offset + 1) * 1000);
io.on("connection", (socket) => socket.emit("snapshot", frame(ticks)));
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 }, waitForGo);
