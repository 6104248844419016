/** The list of charts: status and newest values of each, over one connection. */

import { Connection } from "./connection.js";
import { setText } from "./element.js";
import { lastOf } from "./extent.js";
import { Feed } from "./feed.js";
import { Panel } from "./panel.js";
import { tell } from "./status.js";
import { digitsFor, number } from "./text.js";
import { say } from "./words.js";

/** Of each chart little more than the newest tick is wanted. */
const TICKS_HELD = 60;
const REDRAW_MS = 500;

class Tile {
  #root;
  #feed;

  constructor(root, feed) {
    this.#root = root;
    this.#feed = feed;
  }

  draw() {
    const { status, viewers, viewer, description } = this.#feed;
    if (!description || !viewer.epoch) return;
    this.#root.dataset.state = status.status;
    this.#root.dataset.offset = viewer.offset;
    setText(this.#root.querySelector("[data-status]"), [status.status && say(`state.${status.status}`), status.reason].filter(Boolean).join(": "));
    setText(this.#root.querySelector("[data-viewers]"), String(viewers));
    this.#root.querySelectorAll("[data-values] dd").forEach((place, i) => this.#drawValue(place, i));
  }

  #drawValue(place, i) {
    const { viewer: { columns }, description } = this.#feed;
    const value = i < columns.seriesCount ? lastOf(columns.values(i)) : NaN;
    const { digits, unit } = description.series[i] ?? {};
    const decimals = digits ?? (Number.isInteger(value) ? 0 : digitsFor(Math.abs(value), 0));
    setText(place, [number(value, decimals), unit].filter(Boolean).join(" "));
  }
}

function start() {
  const panel = new Panel(document);
  const roots = [...document.querySelectorAll("[data-chart]")];
  const connection = new Connection(() => feeds[0].auth());
  const feeds = roots.map((root, i) => new Feed(connection, root.dataset.chart, {
    points: () => TICKS_HELD,
    isFirst: i === 0,
    capacity: TICKS_HELD,
  }));
  const tiles = roots.map((root, i) => new Tile(root, feeds[i]));
  const tellLink = () => {
    const told = tell(connection.link, { status: "", reason: "" }, { hasSnapshot: true, isStale: false, silence_ms: 0 });
    panel.status({ ...told, headline: told.state === "live" ? say("state.connected") : told.headline });
  };
  connection.addEventListener("link", tellLink);
  setInterval(() => document.hidden || tiles.forEach((tile) => tile.draw()), REDRAW_MS);
  if (feeds.length) connection.open();
}

start();
