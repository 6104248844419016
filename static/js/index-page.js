/** The wall: all charts as tiles, over one connection, with one crosshair, drawn in one frame. */

import { Connection } from "./connection.js";
import { Crosshair } from "./crosshair.js";
import { Feed } from "./feed.js";
import { Pace } from "./pace.js";
import { Panel } from "./panel.js";
import { ScreenPart } from "./screen-part.js";
import { credentialsOf } from "./signed-link.js";
import { tell } from "./status.js";
import { onThemeChange, theme } from "./theme.js";
import { WallTile } from "./wall-tile.js";
import { say } from "./words.js";

/** Of each chart the window of a small plot is wanted. */
const TICKS_HELD = 1_200;
const DRAW_HZ = 2;
/** A chart that a push makes is seen after as long as this. */
const LOOK_MS = 5_000;

class Wall {
  pace = new Pace(() => this.#draw(), () => DRAW_HZ);
  #main = document.querySelector("#charts");
  #panel = new Panel(document);
  #crosshair = new Crosshair();
  #feeds = [];
  #tiles = new Map();
  #colors = theme();
  #connection = new Connection(() => this.#feeds[0]?.auth() ?? {});
  #sight = new IntersectionObserver((entries) => this.#onSight(entries), { rootMargin: "100px" });

  start() {
    for (const root of this.#main.querySelectorAll(".tile")) this.#add(root);
    this.#connection.addEventListener("link", () => this.#tellLink());
    this.#crosshair.addEventListener("change", () => this.#all());
    addEventListener("pointermove", (event) => this.#crosshair.hover(this.#timeAt(event)));
    document.documentElement.addEventListener("pointerleave", () => this.#crosshair.hover(null));
    addEventListener("resize", () => this.#all());
    onThemeChange(() => { this.#colors = theme(); this.#all(); });
    new ScreenPart(this).start();
    setInterval(() => document.hidden || this.#look(), LOOK_MS);
    if (this.#feeds.length) this.#connection.open();
  }

  #add(root) {
    const feed = new Feed(this.#connection, root.dataset.chart, {
      points: () => TICKS_HELD,
      isFirst: this.#feeds.length === 0,
      capacity: TICKS_HELD,
    });
    this.#feeds.push(feed);
    const tile = new WallTile(root, feed);
    this.#tiles.set(root, tile);
    for (const event of ["ticks", "description", "status", "viewers"]) feed.addEventListener(event, () => this.pace.ask());
    this.#sight.observe(root);
    return feed;
  }

  #onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const tile = this.#tiles.get(target);
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
    const shared = { colors: this.#colors, time_ms: this.#crosshair.time_ms };
    for (const tile of this.#tiles.values()) if (tile.isInSight && tile.isDue) tile.draw(shared);
  }

  /** Charts come and go while the page is open; they stand as the server lists them. */
  async #look() {
    const { token } = credentialsOf(location.search);
    const answer = await fetch(`/api/charts${token ? `?link=${encodeURIComponent(token)}` : ""}`).catch(() => null);
    if (!answer?.ok) return;
    const { charts } = await answer.json();
    const known = new Map([...this.#main.children].map((root) => [root.dataset.chart, root]));
    for (const chart of charts.filter(({ name }) => !known.has(name))) this.#show(chart, known);
    const roots = charts.map(({ name }) => known.get(name));
    if (roots.some((root, i) => this.#main.children[i] !== root)) this.#main.append(...roots);
  }

  #show({ name, title }, known) {
    const root = document.querySelector("#tile").content.firstElementChild.cloneNode(true);
    root.dataset.chart = name;
    Object.assign(root.querySelector("h2 a"), { href: `/${name}`, textContent: title });
    known.set(name, root);
    this.#main.append(root);
    const feed = this.#add(root);
    if (this.#connection.link.state === "connected") feed.join();
    else this.#connection.open();
  }

  #tellLink() {
    const told = tell(this.#connection.link, { status: "", reason: "" }, { hasSnapshot: true, isStale: false, silence_ms: 0 });
    this.#panel.status({ ...told, headline: told.state === "live" ? say("state.connected") : told.headline });
  }
}

new Wall().start();
