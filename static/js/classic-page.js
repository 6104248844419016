/** The original page: Epoch's line chart, fed by the shared series. */

import { ClassicChart } from "./classic-chart.js";
import { Connection } from "./connection.js";
import { answerDumps } from "./dump.js";
import { element } from "./element.js";
import { Feed } from "./feed.js";
import { Freshness } from "./freshness.js";
import { WINDOW_TICKS } from "./layers.js";
import { Panel } from "./panel.js";
import { usualSpacing } from "./spacing.js";
import { tell } from "./status.js";
import { onThemeChange, seriesColor, theme } from "./theme.js";

const STATUS_MS = 500;
/** So many that the newest ticks of a reduced snapshot are not too few. */
const POINTS = 20 * WINDOW_TICKS;

class ClassicPage {
  #main = document.querySelector("#classic");
  #labels = document.querySelector("#labels");
  #panel = new Panel(document);
  #chart = new ClassicChart(document.querySelector("#epoch"), (offset) => { this.#main.dataset.shownOffset = offset; });
  #freshness = new Freshness();
  #connection = new Connection(() => this.#feed.auth());
  #feed = new Feed(this.#connection, this.#main.dataset.chart, { points: () => POINTS });
  #seriesCount = 0;

  start() {
    this.#feed.addEventListener("ticks", ({ detail }) => this.#onTicks(detail));
    this.#feed.addEventListener("description", () => this.#build());
    this.#connection.addEventListener("link", () => this.#onLink());
    onThemeChange(() => this.#onTheme());
    answerDumps(this.#main, this.#feed.viewer);
    setInterval(() => this.#tell(), STATUS_MS);
    this.#connection.open();
  }

  #onTicks({ kind, isNew }) {
    if (kind === "tick") this.#freshness.arrived(performance.now());
    else this.#freshness.refreshed(performance.now());
    this.#build();
    if (kind === "tick") this.#chart.advance();
    else if (isNew) this.#chart.refill();
    this.#main.dataset.epoch = this.#feed.viewer.epoch;
    this.#main.dataset.offset = this.#feed.viewer.offset;
    this.#tell();
  }

  /** Epoch takes the layers once: build it when they are known, and anew when one is added. */
  #build() {
    const { viewer, description } = this.#feed;
    if (!viewer.epoch || description.series.length === this.#seriesCount) return;
    this.#seriesCount = description.series.length;
    this.#chart.build(viewer, this.#seriesCount, description.interval_ms ?? usualSpacing(viewer.columns.time_ms));
    this.#drawLabels();
  }

  #onTheme() {
    this.#chart.recolor();
    this.#drawLabels();
  }

  #drawLabels() {
    const colors = theme();
    this.#labels.replaceChildren(...(this.#feed.description?.series ?? []).map((series, i) => {
      const key = element("i");
      key.style.background = seriesColor({}, i, colors);
      return element("li", "", key, series.label);
    }));
  }

  #onLink() {
    if (this.#connection.link.state !== "connected") this.#freshness.interrupted();
    this.#tell();
  }

  #tell() {
    const now_ms = performance.now();
    const { viewer, status, description } = this.#feed;
    const told = tell(this.#connection.link, status, {
      hasSnapshot: viewer.epoch !== "",
      isStale: this.#freshness.isStale(now_ms, description?.interval_ms ?? null),
      silence_ms: this.#freshness.silence_ms(now_ms),
    });
    this.#main.dataset.state = told.state;
    this.#panel.status(told);
  }
}

new ClassicPage().start();
