/** A layer: time in which no tick came, hatched, with how long it was; and time not fetched yet, which is no gap. */

import { hatch, shade } from "./marks.js";

export function gaps(u, { view, colors, hasTimes }) {
  for (const range_ms of view.unknown) shade(u, range_ms, colors);
  for (const i of view.breaks) {
    const gap = [view.time_ms[i - 1], view.time_ms[i]];
    if (!view.unknown.some(([from, to]) => from < gap[1] && to > gap[0])) hatch(u, gap, colors, hasTimes);
  }
}
