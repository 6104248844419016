/** The page of one chart: what is made of the other modules, and nothing else. */

import { Address } from "./address.js";
import { Cards } from "./cards.js";
import { PARTS } from "./chart-parts.js";
import { Connection } from "./connection.js";
import { Crosshair } from "./crosshair.js";
import { answerDumps } from "./dump.js";
import { setData } from "./element.js";
import { Feed } from "./feed.js";
import { first } from "./first-ticks.js";
import { Freshness } from "./freshness.js";
import { Look } from "./look.js";
import { Pace } from "./pace.js";
import { silenceSince } from "./page-clock.js";
import { Panel } from "./panel.js";
import { Plot } from "./plot.js";
import { Rest } from "./rest.js";
import { tell } from "./status.js";
import { dateAndTime, dated, moment, number } from "./text.js";
import { onThemeChange } from "./theme.js";
import { reach, viewOf } from "./view.js";
import { pointsFor, redraw_hz, windowsFor } from "./window.js";
import { WindowButtons } from "./window-buttons.js";
import { say } from "./words.js";

/** How often things are told where no draw tells them. */
const STATUS_MS = 500;
const LATE_MS = 50;
/** What changes more often cannot be read. */
const READ_MS = 200;
const TITLE_MS = 2_000;

export class ChartPage {
  main = document.querySelector("#chart");
  look = new Look();
  crosshair = new Crosshair();
  panel = new Panel(document);
  plot = new Plot(document.querySelector("#plots"), { look: this.look, crosshair: this.crosshair, layers: {} });
  freshness = new Freshness();
  pace = new Pace(() => this.#draw(), () => this.#rate_hz());
  connection = new Connection(() => this.feed.auth());
  feed = new Feed(this.connection, this.main.dataset.chart, { points: () => pointsFor(this.plot.width_px) });
  /** @type {import("./past.js").Past|null} null: as long as nobody looked back */
  past = null;
  /** The oldest time of all that the server has, NaN as long as that is not known. */
  oldest_ms = NaN;
  /** @type {import("./view.js").View|null} what was drawn last */
  view = null;
  #cards = new Cards(document.querySelector("#cards"), this.look);
  #windows = new WindowButtons(document.querySelector("#windows"), this.look);
  /** What works beside the plot, in this order. */
  #parts = PARTS.map((Part) => new Part(this));
  #draws = 0;
  #told_ms = -Infinity;
  #titled_ms = -Infinity;
  #telling = null;
  /** What there is to tell the first draw tells. */
  #isBeginning = false;

  start() {
    this.feed.addEventListener("ticks", ({ detail }) => this.#onTicks(detail));
    this.feed.addEventListener("description", () => this.pace.now());
    this.feed.addEventListener("status", () => this.#tell());
    this.feed.addEventListener("viewers", () => this.#tell());
    this.feed.addEventListener("rest", () => this.freshness.interrupted());
    this.connection.addEventListener("link", () => this.#onLink());
    this.look.addEventListener("change", () => this.#onLook());
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    onThemeChange(() => this.#onTheme());
    this.plot.keepSize(() => this.pace.now());
    answerDumps(this.main, this.feed.viewer, () => this.plot.drawn());
    for (const part of this.#parts) part.start?.();
    // Nothing is drawn before it is known what the address asks for.
    if (location.search) this.add(Address);
    this.#onVisibility();
    new Rest(this, () => [this.feed]).start();
    this.#begin();
  }

  /** Draw what came along with the page, and go on from there. */
  #begin() {
    if (first) {
      this.#isBeginning = true;
      this.feed.begin(first);
      this.#isBeginning = false;
      this.pace.atOnce();
    }
    this.connection.open();
  }

  /** While nobody can see the page nothing is told. */
  #onVisibility() {
    clearInterval(this.#telling);
    // After a rest nothing is known before what was missed is here.
    if (!this.feed.isResting) this.#tell();
    if (document.hidden) return;
    this.#telling = setInterval(() => performance.now() - this.#told_ms < STATUS_MS - LATE_MS || this.#tell(), STATUS_MS);
  }

  /**
   * Let another part work, from now on.
   *
   * Parts may have `start()`, called once; `drawn(view, description)` after each draw (view: null before
   * the first tick); `told(told)` twice a second, and when the status changes.
   */
  add(Part) {
    const part = new Part(this);
    this.#parts.push(part);
    part.start?.();
    if (this.#draws > 0) part.drawn?.(this.view, this.feed.description);
    this.#tell();
  }

  #onTicks({ kind, isNew, hasRestarted, isLost, arrived_ms }) {
    const now_ms = performance.now();
    this.freshness.took({ kind, isNew }, now_ms, silenceSince(arrived_ms, now_ms));
    if (hasRestarted) {
      this.oldest_ms = NaN;
      this.panel.notice(say("status.restarted", { time: moment(Date.now()) }));
    } else if (isLost) this.panel.notice(say("status.lost"));
    // The draw on return reaches as far.
    if (isNew && !document.hidden) this.#reach();
    if (kind !== "tick" || (isNew && this.#isSeen())) this.pace.ask();
    this.#mirror();
    if (kind !== "tick") this.#tell();
  }

  #reach() {
    const { viewer, description } = this.feed;
    if (!description || viewer.columns.length === 0) return;
    const spacing_ms = reach(this.look, viewer, description, Number.isNaN(this.oldest_ms) ? undefined : this.oldest_ms);
    this.#windows.offer(windowsFor(spacing_ms));
  }

  /** Who looks back at what lies before the newest tick drawn sees nothing of those that come. */
  #isSeen() {
    return this.look.isFollowing || !this.view || this.look.range_ms()[1] > this.view.newest_ms;
  }

  #onLink() {
    if (this.connection.link.state !== "connected") this.freshness.interrupted();
    this.#tell();
  }

  #onTheme() {
    this.plot.reset();
    this.#cards.reset();
    this.pace.now();
  }

  #onLook() {
    this.#windows.mark();
    this.crosshair.pin(this.look.pinned_ms);
    this.pace.now();
    this.#tell();
  }

  #rate_hz() {
    const [from_ms, to_ms] = this.view?.range_ms ?? [0, 1];
    return redraw_hz(this.plot.width_px, to_ms - from_ms);
  }

  #draw() {
    const { viewer, description } = this.feed;
    if (!description) return;
    this.#reach();
    const hadView = this.view !== null;
    this.view = viewer.columns.length ? viewOf(viewer, description, this.look, this.#sight()) : null;
    this.#cards.draw(description.series, this.view);
    if (this.view) this.plot.draw(description, this.view);
    else this.plot.clear();
    this.#draws += 1;
    this.main.dataset.drawnOffset = viewer.offset;
    this.main.dataset.draws = this.#draws;
    for (const part of this.#parts) part.drawn?.(this.view, description);
    if (!hadView || performance.now() - this.#told_ms >= READ_MS) this.#tell();
  }

  #sight() {
    return { past: this.past, oldest_ms: this.oldest_ms, width_px: this.plot.width_px };
  }

  /** The browser draws its own parts anew for it. */
  #title(description, now_ms) {
    if (!description || now_ms - this.#titled_ms < TITLE_MS) return;
    const [first] = this.view?.series ?? [];
    if (first) this.#titled_ms = now_ms;
    this.panel.text("title", description.title);
    document.title = first ? `${number(first.last, first.digits)} · ${description.title}` : description.title;
  }

  #tell() {
    if (this.#isBeginning) return;
    const { viewer, status, description, viewers } = this.feed;
    const now_ms = performance.now();
    const told = tell(this.connection.link, status, {
      hasSnapshot: viewer.epoch !== "" && !this.feed.isResting,
      isStale: this.freshness.isStale(now_ms, description?.interval_ms ?? this.view?.spacing_ms ?? null),
      silence_ms: this.freshness.silence_ms(now_ms),
    });
    setData(this.main, { state: told.state, viewers });
    if (document.hidden) return;
    this.#told_ms = now_ms;
    for (const part of this.#parts) part.told?.(told);
    this.panel.status(told);
    this.panel.empty(viewer.columns.length ? this.#nothingText(description) : emptyText(told));
    this.panel.text("viewers", number(viewers, 0));
    this.#tellConnection();
    this.#title(description, now_ms);
  }

  /** Why nothing is seen, though there are ticks. */
  #nothingText({ series }) {
    if (series.length && series.every(({ name }) => this.look.hidden.has(name))) return say("page.all-hidden");
    // What has not been asked for yet may bring some, and older ones may be there.
    const isKnown = !Number.isNaN(this.oldest_ms) && (this.past || !this.view?.past_ms);
    if (!this.view || !isOutside(this.view) || !isKnown) return "";
    const [from, to] = this.look.bounds_ms.map(dateAndTime);
    return say("page.no-ticks", { from, to });
  }

  #tellConnection() {
    const { viewer: { columns, counts, epoch, offset } } = this.feed;
    const last_ms = columns.length ? columns.time_ms.at(-1) : NaN;
    this.panel.text("transport", this.connection.transport || say("link.no-transport"));
    this.panel.text("last-tick", dated(last_ms, this.view?.spacing_ms));
    this.panel.text("held", number(columns.length, 0));
    this.panel.text("missed", say("link.missed-count", { missed: counts.missed, refilled: counts.refilled }));
    this.panel.text("position", epoch ? `${epoch}:${offset}` : "–");
  }

  #mirror() {
    const { viewer } = this.feed;
    setData(this.main, {
      epoch: viewer.epoch,
      offset: viewer.offset,
      points: viewer.columns.length,
      missed: viewer.counts.missed,
      refilled: viewer.counts.refilled,
      joins: viewer.counts.snapshots,
      backfills: viewer.counts.backfills,
    });
  }
}

/** Whether a view has neither ticks nor lines, and nothing of it is still to come. */
function isOutside({ from, to, time_ms, unknown }) {
  return from === to && (from === 0 || from === time_ms.length) && unknown.length === 0;
}

function emptyText({ state, headline, detail }) {
  if (state === "live" || state === "waiting") return say("status.empty");
  return [headline, detail].filter(Boolean).join(": ");
}
