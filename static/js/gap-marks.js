/** A layer: time in which no tick came, hatched, with how long it was. */

import { hatch } from "./marks.js";

export function gaps(u, { view, colors, hasTimes }) {
  for (const i of view.breaks) hatch(u, [view.time_ms[i - 1], view.time_ms[i]], colors, hasTimes);
}
