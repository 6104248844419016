/** Sees to it that what is looked at is fetched, and says while it is not there yet. */

import { element, setText } from "./element.js";
import { Past } from "./past.js";
import { fetchTicks } from "./ticks-request.js";
import { say } from "./words.js";

const WORDS = {
  loading: () => say("past.loading"),
  failed: (why) => say("past.failed", { why }),
};

export class PastPart {
  #page;
  #told = element("p", "past-told");

  constructor(page) {
    this.#page = page;
    page.past = new Past((wanted) => fetchTicks(page.feed.chart, wanted));
  }

  start() {
    this.#told.hidden = true;
    this.#told.setAttribute("role", "status");
    document.querySelector(".stage").append(this.#told);
    this.#page.past.addEventListener("change", () => this.#onChange());
    this.#page.pace.now();
  }

  drawn(view) {
    if (!view) return;
    const { past, feed: { viewer }, plot } = this.#page;
    const [from_ms, to_ms] = view.range_ms;
    past.want(view.past_ms && {
      range_ms: view.past_ms,
      span_ms: to_ms - from_ms,
      width_px: plot.width_px,
      beat_ms: view.beat_ms,
      seriesCount: view.series.length,
      newest_ms: view.newest_ms,
      epoch: viewer.epoch,
    });
  }

  #onChange() {
    const { past, main, pace } = this.#page;
    Object.assign(main.dataset, { past: past.state, fetched: past.answers });
    this.#told.hidden = past.state === "idle";
    setText(this.#told, past.state === "failed" ? WORDS.failed(past.error) : WORDS.loading());
    pace.now();
  }
}
