/** The wall: all charts as tiles, over one connection, with one window and one crosshair, drawn in one frame. */

import { Address } from "./address.js";
import { AlertsSaid } from "./alerts-said.js";
import { Connection } from "./connection.js";
import { Crosshair } from "./crosshair.js";
import { Feed } from "./feed.js";
import { Look } from "./look.js";
import { Pace } from "./pace.js";
import { Panel } from "./panel.js";
import { isKiosk } from "./place.js";
import { Rest } from "./rest.js";
import { Roving } from "./roving.js";
import { ScreenPart } from "./screen-part.js";
import { credentialsOf } from "./signed-link.js";
import { listed, tell } from "./status.js";
import { onThemeChange, theme } from "./theme.js";
import { keepToScreen } from "./tile-grid.js";
import { WallTile } from "./wall-tile.js";
import { windowsFor } from "./window.js";
import { WindowButtons } from "./window-buttons.js";
import { say } from "./words.js";

/** Of each chart the window of a small plot is wanted. */
const TICKS_HELD = 1_200;
const DRAW_HZ = 2;
/** A chart that a push makes is seen after as long as this. */
const LOOK_MS = 5_000;
const STATUS_MS = 1_000;

class Wall {
  pace = new Pace(() => this.#draw(), () => DRAW_HZ);
  look = new Look();
  crosshair = new Crosshair();
  connection = new Connection(() => this.#first?.auth() ?? {});
  #main = document.querySelector("#charts");
  #panel = new Panel(document);
  #address = new Address(this);
  #windows = new WindowButtons(document.querySelector("#windows"), this.look);
  #roving = new Roving(this.#main, ".tile");
  /** By their elements, as they came. */
  #tiles = new Map();
  #alerts = new AlertsSaid();
  #colors = theme();
  #timers = [];
  #sight = new IntersectionObserver((entries) => this.#onSight(entries), { rootMargin: "100px" });
  #sizes = new ResizeObserver(() => this.#all());

  start() {
    // Without a window of its own each chart has the one that suits it.
    this.look.suggest(NaN);
    this.#windows.offer(windowsFor(STATUS_MS));
    for (const root of this.#main.querySelectorAll(".tile")) this.#add(root);
    this.#roving.update();
    this.#address.start();
    this.look.addEventListener("change", () => this.#onLook());
    this.connection.addEventListener("link", () => this.#tellLink());
    this.crosshair.addEventListener("change", () => this.#all());
    addEventListener("pointermove", (event) => this.crosshair.hover(this.#timeAt(event)));
    document.documentElement.addEventListener("pointerleave", () => this.crosshair.hover(null));
    addEventListener("resize", () => this.#all());
    onThemeChange(() => { this.#colors = theme(); this.#all(); });
    new ScreenPart(this).start();
    if (isKiosk) keepToScreen(this.#main);
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    this.#onVisibility();
    new Rest(this, () => [...this.#tiles.values()].map(({ feed }) => feed)).start();
    if (this.#first) this.connection.open();
  }

  get #first() {
    return this.#tiles.values().next().value?.feed;
  }

  #add(root) {
    const feed = new Feed(this.connection, root.dataset.chart, {
      points: () => TICKS_HELD,
      isFirst: this.#tiles.size === 0,
      capacity: TICKS_HELD,
    });
    const tile = new WallTile(root, feed, this.connection);
    this.#tiles.set(root, tile);
    tile.choose(this.#span_ms);
    for (const event of ["ticks", "description", "status", "viewers"]) feed.addEventListener(event, () => this.pace.ask());
    feed.addEventListener("status", () => this.#tellLink());
    this.#sight.observe(root);
    this.#sizes.observe(root.querySelector("canvas"));
    return feed;
  }

  #remove(root) {
    this.#tiles.get(root).feed.leave();
    this.#tiles.delete(root);
    this.#sight.unobserve(root);
    this.#sizes.unobserve(root.querySelector("canvas"));
    root.remove();
    // The handshake must not ask for a chart that is gone.
    if (this.#first) this.#first.isFirst = true;
  }

  get #span_ms() {
    return this.look.isChosen ? this.look.span_ms : NaN;
  }

  #onLook() {
    if (!this.look.isChosen) this.look.span_ms = NaN;
    this.#windows.mark();
    for (const tile of this.#tiles.values()) tile.choose(this.#span_ms);
    this.pace.now();
  }

  #onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const tile = this.#tiles.get(target);
      if (!tile) continue;
      tile.isInSight = isIntersecting;
      tile.isDue = true;
    }
    this.pace.now();
  }

  #all() {
    for (const tile of this.#tiles.values()) tile.isDue = true;
    this.pace.now();
  }

  #timeAt(event) {
    for (const tile of this.#tiles.values()) {
      const time_ms = tile.isInSight ? tile.timeAt(event) : null;
      if (time_ms !== null) return time_ms;
    }
    return null;
  }

  #draw() {
    const shared = { colors: this.#colors, time_ms: this.crosshair.time_ms };
    for (const tile of this.#tiles.values()) if (tile.isInSight && tile.isDue) tile.draw(shared);
  }

  #onVisibility() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = document.hidden ? [] : [setInterval(() => this.#poll(), LOOK_MS), setInterval(() => this.#tell(), STATUS_MS)];
  }

  /** Silence grows without anything that comes. */
  #tell() {
    for (const tile of this.#tiles.values()) if (tile.isInSight) tile.tell();
    const over = [...this.#tiles.values()].flatMap((tile) => tile.alert());
    const text = this.#alerts.next(over, performance.now());
    if (text) this.#panel.text("alerts", text);
  }

  /** Charts come and go while the page is open; they stand as the server lists them. */
  async #poll() {
    const { token } = credentialsOf(location.search);
    const answer = await fetch(`/api/charts${token ? `?link=${encodeURIComponent(token)}` : ""}`).catch(() => null);
    if (!answer?.ok) return;
    const { charts } = await answer.json();
    const names = new Set(charts.map(({ name }) => name));
    const known = new Map([...this.#tiles.keys()].map((root) => [root.dataset.chart, root]));
    const gone = [...known.values()].filter((root) => !names.has(root.dataset.chart));
    const come = charts.filter(({ name }) => !known.has(name));
    for (const root of gone) this.#remove(root);
    for (const chart of come) this.#show(chart, known);
    const roots = charts.map(({ name }) => known.get(name));
    if (roots.some((root, i) => this.#main.children[i] !== root)) this.#main.append(...roots);
    this.#announce(come, gone.map((root) => root.querySelector("h2").textContent));
  }

  #show({ name, title }, known) {
    const root = document.querySelector("#tile").content.firstElementChild.cloneNode(true);
    root.dataset.chart = name;
    Object.assign(root.querySelector("h2 a"), { href: `/${name}`, textContent: title });
    known.set(name, root);
    this.#main.append(root);
    const feed = this.#add(root);
    if (this.connection.link.state === "connected") feed.join();
  }

  #announce(come, gone) {
    if (come.length + gone.length === 0) return;
    this.#roving.update();
    // Refused for a chart that is gone, or not yet asked for any.
    if (this.#first && this.connection.link.state !== "connected") this.connection.open();
    const texts = [...come.map(({ title }) => say("page.come", { title })), ...gone.map((title) => say("page.gone", { title }))];
    this.#panel.text("news", listed(...texts));
  }

  /** What a feed says of the server, and not of its chart. */
  get #serverStatus() {
    const statuses = [...this.#tiles.values()].map(({ feed }) => feed.status);
    const isStopping = statuses.length > 0 && statuses.every(({ status }) => status === "stopping");
    return isStopping ? statuses[0] : { status: "", reason: "" };
  }

  #tellLink() {
    const { link } = this.connection;
    // How old what is shown is the tiles say.
    const told = tell(link, this.#serverStatus, { hasSnapshot: link.state === "connected", isStale: false, silence_ms: 0 });
    this.#panel.status({ ...told, headline: told.state === "live" ? say("state.connected") : told.headline });
  }
}

new Wall().start();
