/** What stands beside and below the panes once they are drawn: each is a part of its own. */

import { AlternativePart } from "./alternative-part.js";
import { DelayPart } from "./delay-part.js";
import { HistoryStrip } from "./history-strip.js";
import { LatestTicks } from "./latest-ticks.js";
import { SamePart } from "./same-part.js";

const PARTS = [LatestTicks, HistoryStrip, SamePart, DelayPart, AlternativePart];

export class BesidePart {
  #page;

  constructor(page) {
    this.#page = page;
  }

  start() {
    for (const Part of PARTS) this.#page.add(Part);
    showWhichChart();
  }
}

/** Of many charts the one that is shown must be in sight. */
function showWhichChart() {
  const link = document.querySelector(".charts [aria-current]");
  const row = link?.parentElement;
  if (row) row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
}
