/** The newest ticks as a table: what the chart shows, in text; written at most once a second. */

import { element, setText } from "./element.js";
import { moment, number } from "./text.js";
import { say } from "./words.js";

const TICKS = 8;
const PAUSE_MS = 1_000;
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
    if (!description || !this.#page.view || viewer.columns.length === 0) return;
    const [known, now_ms] = [`${viewer.epoch}:${viewer.offset}`, performance.now()];
    if (known === this.#known || now_ms - this.#written_ms < PAUSE_MS) return;
    [this.#known, this.#written_ms] = [known, now_ms];
    this.#section.hidden = false;
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
    this.#cells.forEach(([time, ...cells], back) => {
      const at = columns.length - 1 - back;
      // Of a reduced past the last alone is the tick that came after the one before.
      const isTick = at >= 0 && at >= Math.min(exactFrom, columns.length - 1);
      time.parentElement.hidden = !isTick;
      if (!isTick) return;
      setText(time, moment(columns.time_ms[at], view?.spacing_ms));
      cells.forEach((cell, i) => setText(cell, number(rows[i][at] ?? NaN, view?.series[i]?.digits ?? 0)));
    });
  }
}
