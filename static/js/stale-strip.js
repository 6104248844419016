/** A layer: the time since the newest tick, hatched and growing, for as long as none comes. */

import { hatch } from "./marks.js";
import { duration } from "./text.js";

/** After the newest tick drawn, up to the end of the view; `shared.silence_ms` is how long it has been in truth. */
export function staleStrip(u, { view, colors, hasTimes, shared }) {
  if (!view.isFollowing || !(shared.silence_ms > 0)) return;
  hatch(u, [view.newest_ms, view.range_ms[1]], colors, hasTimes, [duration(shared.silence_ms)]);
}
