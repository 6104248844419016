/** A layer: time in which no tick came, hatched, with how long it was; and time not fetched yet, which is no gap. */

import { gapText, hatch, shade } from "./marks.js";
import { say } from "./words.js";

export function gaps(u, { view, colors, hasTimes, shared }) {
  for (const range_ms of view.unknown) shade(u, range_ms, colors);
  for (const i of view.breaks) {
    const gap = [view.time_ms[i - 1], view.time_ms[i]];
    if (!view.unknown.some(([from, to]) => from < gap[1] && to > gap[0])) hatch(u, gap, colors, hasTimes, textOf(gap, shared.causes));
  }
}

/** How long it was, and why when the page has seen it. */
function textOf(gap, causes) {
  const why = causes?.of(gap);
  return [gapText(gap[1] - gap[0]), why && say(why)].filter(Boolean).join(", ");
}
