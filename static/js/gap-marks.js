/** A layer: time in which no tick came, hatched, with how long it was; and time not fetched yet, which is no gap. */

import { hatch, shade } from "./marks.js";
import { listed } from "./status.js";
import { spell } from "./text.js";
import { say } from "./words.js";

export function gaps(u, { view, colors, hasTimes, shared }) {
  for (const range_ms of view.unknown) shade(u, range_ms, colors);
  for (const i of view.breaks) {
    const gap = [view.time_ms[i - 1], view.time_ms[i]];
    if (!view.unknown.some(([from, to]) => from < gap[1] && to > gap[0])) hatch(u, gap, colors, hasTimes, textsOf(gap, shared.causes));
  }
}

/** How long it was, and why when the page has seen it; then ever less of that. */
function textsOf(gap, causes) {
  const time = spell(gap[1] - gap[0]);
  const [none, why] = [say("gap.none", { time }), causes?.of(gap)];
  return [listed(none, why && say(why)), none, time];
}
