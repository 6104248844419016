/** The newest ticks as a table: what the chart shows, in text; written at most once a second. */

import { element, setText } from "./element.js";
import { moment, number } from "./text.js";
import { DATED_MS } from "./times.js";
import { say } from "./words.js";

const TICKS = 8;
const PAUSE_MS = 1_000;
/** Beats whose times have one, two and three decimals. */
const FINER_MS = [500, 50, 5];

export class LatestTicks {
  #page;
  #head = element("tr");
  #body = element("tbody");
  #section;
  #shape = "";
  #cells = [];
  #known = "";
  #written_ms = -Infinity;

  constructor(page) {
    this.#page = page;
    const scroller = element("div", "latest-scroller", element("table", "", element("thead", "", this.#head), this.#body));
    // What can be scrolled can be reached by keys, and has a name.
    scroller.setAttribute("role", "region");
    Object.assign(scroller, { tabIndex: 0, ariaLabel: say("latest.title") });
    this.#section = element("section", "latest", element("h2", "", say("latest.title")), scroller);
    this.#section.hidden = true;
  }

  start() {
    document.querySelector(".facts").before(this.#section);
  }

  told() {
    const { feed: { description, viewer } } = this.#page;
    this.#section.hidden = !description || !this.#page.view || viewer.columns.length === 0;
    if (this.#section.hidden) return;
    const [known, now_ms] = [`${viewer.epoch}:${viewer.offset}`, performance.now()];
    if (known === this.#known || now_ms - this.#written_ms < PAUSE_MS) return;
    [this.#known, this.#written_ms] = [known, now_ms];
    this.#build(description.series);
    this.#write(viewer, description.series.length);
  }

  #build(series) {
    const shape = series.map(({ label }) => label).join("\n");
    if (shape === this.#shape) return;
    this.#shape = shape;
    const headings = [say("latest.time"), ...series.map(({ label }) => label)].map((text) => Object.assign(element("th", "", text), { scope: "col" }));
    this.#head.replaceChildren(...headings);
    this.#cells = Array.from({ length: TICKS }, () => headings.map(() => element("td")));
    this.#body.replaceChildren(...this.#cells.map((cells) => element("tr", "", ...cells)));
  }

  #write({ columns, exactFrom }, seriesCount) {
    const { view } = this.#page;
    const rows = Array.from({ length: seriesCount }, (_, i) => (i < columns.seriesCount ? columns.values(i) : []));
    // Of a reduced past the last alone is the tick that came after the one before.
    const count = Math.min(TICKS, Math.max(1, columns.length - exactFrom));
    const moments = apart(columns.time_ms.slice(-count).reverse(), view.spacing_ms);
    this.#cells.forEach(([time, ...cells], back) => {
      const at = columns.length - 1 - back;
      time.parentElement.hidden = back >= count;
      if (back >= count) return;
      setText(time, moments[back]);
      cells.forEach((cell, i) => setText(cell, number(rows[i][at] ?? NaN, view.series[i]?.digits ?? 0)));
    });
  }
}

/** Times as fine as the beat, or as it takes to tell them apart. */
function apart(times, spacing_ms) {
  const written = (ms) => Array.from(times, (time_ms) => moment(time_ms, ms));
  const finer_ms = spacing_ms < DATED_MS ? FINER_MS : [];
  return finer_ms.reduce((texts, ms) => (new Set(texts).size < new Set(times).size ? written(ms) : texts), written(spacing_ms));
}
