/**
 * Follows one chart over a connection: takes its frames, asks for what is missing, and keeps what
 * the server says of it (description, status, viewers).
 *
 * Events: `ticks` (detail: what the viewer took, with `kind`, `isLost` and `arrived_ms`: when its newest tick came to the
 * server, where that is told), `description`, `status`, `viewers`; `rest` and `return`.
 */

import { Recovery } from "./recovery.js";
import { TICKS_MAX, Viewer } from "./viewer.js";

/** So many ticks that were missed while nobody looked are wanted all, as far as they are held. */
const RETURN_TICKS = 10_000;

export class Feed extends EventTarget {
  chart;
  viewer;
  /** @type {{title: string, series: object[], interval_ms: number|null}|null} */
  description = null;
  status = { status: "", reason: "" };
  viewers = 0;
  /** It has left the chart for as long as nobody looks, or what it missed has not come yet. */
  isResting = false;
  #connection;
  #points;
  #capacity;
  #recovery;
  #hasLeft = false;
  #leaving = null;
  /** What there was before the link is here; what has come since is not. */
  #isAhead = false;
  /** The handshake subscribes to this chart. */
  isFirst;
  /** Who shows the others what they look at: `id`, and `by` whom. */
  presenters = [];
  /** How many more do. */
  morePresenters = 0;

  /**
   * @param {Connection} connection
   * @param {string} chart
   * @param {object} options
   * @param {() => number} options.points - to how many points a snapshot may be reduced
   * @param {boolean} [options.isFirst] - the handshake subscribes to this chart
   * @param {number} [options.capacity] - ticks to hold
   */
  constructor(connection, chart, { points, isFirst = true, capacity = TICKS_MAX }) {
    super();
    this.chart = chart;
    this.viewer = new Viewer(capacity);
    this.#connection = connection;
    this.#points = points;
    this.#capacity = capacity;
    this.isFirst = isFirst;
    this.#recovery = new Recovery({ send: (kind) => connection.request("subscribe", this.#request(kind)) });
    for (const kind of ["snapshot", "backfill", "tick"]) {
      connection.receive(kind, (frame) => frame.chart === chart && this.#take(kind, frame));
    }
    this.#keep("chart", (message) => this.#describe(message.description));
    this.#keep("status", ({ status, reason }) => this.#tell("status", { status, reason: reason ?? "" }));
    this.#keep("viewers", ({ viewers, presenters = [], more_presenters = 0 }) => {
      this.presenters = presenters;
      this.morePresenters = more_presenters;
      this.#tell("viewers", viewers);
    });
    connection.addEventListener("link", () => this.#onLink());
  }

  /** Begin with a snapshot that came before the link was there. */
  begin(frame) {
    this.#take("snapshot", frame);
    this.#isAhead = true;
  }

  /** Ask for this chart over a link that is there already. */
  join() {
    this.#recovery.ask("snapshot");
  }

  /** Have no more to do with this chart. */
  leave() {
    this.#hasLeft = true;
    this.#unsubscribe();
  }

  /** Be sent nothing more of this chart until `comeBack`. */
  rest() {
    if (!this.viewer.epoch || this.#connection.link.state !== "connected") return;
    this.isResting = true;
    this.#unsubscribe();
    this.dispatchEvent(new Event("rest"));
  }

  /** Go on where it left; fulfilled when all that was missed is here, or the link is lost. */
  async comeBack() {
    if (!this.isResting) return;
    const isBack = new Promise((resolve) => { this.addEventListener("return", resolve, { once: true }); });
    await this.#leaving;
    if (this.isResting) this.#recovery.ask("backfill");
    await isBack;
  }

  #unsubscribe() {
    this.#recovery.cancel();
    this.#leaving = this.#connection.request("unsubscribe", { chart: this.chart }).catch(() => {});
  }

  #return() {
    if (!this.isResting) return;
    this.isResting = false;
    this.dispatchEvent(new Event("return"));
  }

  /** What the handshake sends for this chart. */
  auth() {
    return this.#request("backfill");
  }

  #request(kind) {
    const since = kind === "backfill" ? this.viewer.position : undefined;
    const points = this.isResting ? Math.max(this.#points(), Math.min(RETURN_TICKS, this.#capacity)) : this.#points();
    return { chart: this.chart, points, ...(since && { since }) };
  }

  #keep(event, take) {
    // Word that the server stops is for all charts and may name none.
    this.#connection.receive(event, (message) => (message.chart ?? this.chart) === this.chart && take(message));
  }

  #take(kind, frame) {
    if (this.#hasLeft) return;
    if (frame.description) this.#describe(frame.description);
    // What came while the link was made was not missed, nor is it filled in.
    const isAhead = this.#isAhead;
    this.#isAhead = false;
    const taken = this.viewer.take(isAhead && !frame.reduced && kind === "backfill" ? "tick" : kind, frame, isAhead || this.isResting);
    if (kind !== "tick") this.#recovery.answered(kind);
    if (taken.ask) this.#recovery.ask(taken.ask);
    // Of several processes that share a history another may have been quicker.
    const told = { kind, isLost: frame.recovered === false && !isAhead, arrived_ms: frame.description?.arrived_ms };
    this.dispatchEvent(new CustomEvent("ticks", { detail: { ...told, ...taken } }));
    if (kind !== "tick") this.#return();
  }

  #describe(description) {
    this.description = description;
    this.viewer.columns.widen(this.viewer.epoch ? description.series.length : 0);
    this.dispatchEvent(new Event("description"));
    if (description.status) this.#tell("status", { status: description.status, reason: description.reason ?? "" });
    if (description.viewers !== undefined) this.#tell("viewers", description.viewers);
  }

  #tell(what, value) {
    this[what] = value;
    this.dispatchEvent(new Event(what));
  }

  #onLink() {
    if (this.#hasLeft) return;
    if (this.#connection.link.state !== "connected") {
      this.#recovery.cancel();
      this.#return();
      return;
    }
    // What came along with the page is not of a link that was lost.
    if (!this.#isAhead) this.status = { status: "", reason: "" };
    const kind = this.viewer.epoch ? "backfill" : "snapshot";
    if (this.isFirst) this.#recovery.expect(kind);
    else this.#recovery.ask(kind);
  }
}
