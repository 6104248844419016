/** Lets panes of many ticks keep what they have drawn. */

import { Sheet } from "./sheet.js";

export class SheetPart {
  #page;

  constructor(page) {
    this.#page = page;
  }

  start() {
    const { plot, pace } = this.#page;
    plot.shared.Sheet = Sheet;
    pace.now();
  }
}
