/**
 * The Socket.IO link to the server: how it is, what comes in, and questions with an answer.
 *
 * It knows no chart: feeds put their position into the handshake and take their frames out.
 */

import { io } from "../vendor/socket.io-client/socket.io.esm.min.js";
import { accessCodeOf, pauseOf_ms, refusalOf } from "./refusal.js";
import { Returning } from "./returning.js";
import { credentialsOf } from "./signed-link.js";
import { say } from "./words.js";

const ANSWER_WAIT_MS = 5_000;
/** A server that said no is asked again, but not often. */
const REFUSED_PAUSE_MS = 30_000;

const OPTIONS = {
  autoConnect: false,
  transports: ["websocket", "polling"],
  tryAllTransports: true,
};

export class Connection extends EventTarget {
  /** @type {import("./status.js").Link} */
  link = { state: "connecting", tries: 0, reason: "" };
  #socket;
  #returning;
  #timer = null;
  /** What an attempt that has not succeeded yet is called. */
  #pending = "connecting";

  /** @param {() => object} auth - what to send with each connect: read anew every time */
  constructor(auth) {
    super();
    this.#socket = io({ ...OPTIONS, auth: (send) => send({ ...auth(), ...credentialsOf(location.search) }) });
    this.#returning = new Returning(this.#socket.io);
    this.#returning.tried();
    this.#socket.on("status", (status) => this.#returning.told(status));
    this.#socket.on("connect", () => this.#onConnect());
    this.#socket.on("disconnect", () => this.#onDisconnect());
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.io.on("reconnect_attempt", (tries) => this.#onAttempt(tries));
    addEventListener("online", () => this.#connectNow());
  }

  open() {
    this.#socket.connect();
  }

  /** "websocket", "polling", or "" while there is no link. */
  get transport() {
    return this.#socket.connected ? (this.#socket.io.engine?.transport?.name ?? "") : "";
  }

  /** Call `take` with each message of this event. */
  receive(event, take) {
    this.#socket.on(event, take);
  }

  /** Ask, and return the answer; reject when there is no link or no answer in time. */
  async request(event, content) {
    // Without a link the client would keep the question and ask it after the handshake has.
    if (!this.#socket.connected) throw new Error("not connected");
    return this.#socket.timeout(ANSWER_WAIT_MS).emitWithAck(event, content);
  }

  #onConnect() {
    this.#pending = "reconnecting";
    this.#become("connected");
  }

  #onDisconnect() {
    this.#become("reconnecting", 1, "");
    const wait_ms = this.#returning.lost();
    if (!this.#socket.active) this.#connectIn(wait_ms);
  }

  #onConnectError(error) {
    const refusal = refusalOf(error);
    if (!this.#socket.active) {
      this.#become("refused", 0, error.message, accessCodeOf(error));
      this.#connectIn(Math.max(REFUSED_PAUSE_MS, pauseOf_ms(error)) * (0.75 + 0.5 * Math.random()));
    } else if (refusal) this.#become("refused", this.link.tries, refusal);
    else this.#become(this.#pending, this.link.tries, say("status.unreachable"));
  }

  #onAttempt(tries) {
    this.#returning.tried();
    // A server that is full is asked again and again: what it said stands until it says another thing.
    if (this.link.state === "refused") this.link.tries = tries;
    else this.#become(this.#pending, tries, this.link.reason);
  }

  #connectIn(wait_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.connect(), wait_ms);
  }

  /** The network is back: do not sit out the pause. */
  #connectNow() {
    if (this.#socket.connected) return;
    clearTimeout(this.#timer);
    this.#socket.disconnect().connect();
  }

  #become(state, tries = 0, reason = "", code = "") {
    this.link = { state, tries, reason, code };
    this.dispatchEvent(new Event("link"));
  }
}
