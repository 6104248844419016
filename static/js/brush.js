/** The part of a history that is looked at, dragged at its edges or its middle. Pure. */

import { within } from "./window.js";

const EDGE_PX = 9;

/** What of the brush from `left` to `right` lies under a pointer, all in px. */
export function partAt(x_px, left_px, right_px) {
  const [to_left, to_right] = [Math.abs(x_px - left_px), Math.abs(x_px - right_px)];
  if (Math.min(to_left, to_right) <= EDGE_PX) return to_left < to_right ? "left" : "right";
  return x_px > left_px && x_px < right_px ? "middle" : "outside";
}

/**
 * Return the range after a pointer that took hold of `part` at `grabbed_ms` has come to `at_ms`.
 *
 * "outside": what was dragged over. Edges that pass each other change places.
 *
 * @param {[number, number]} range_ms - when it was taken hold of
 * @param {[number, number]} bounds_ms
 * @returns {[number, number]}
 */
export function brushed(part, range_ms, grabbed_ms, at_ms, bounds_ms) {
  const [from, to] = range_ms;
  const [least, most] = bounds_ms;
  const at = Math.min(most, Math.max(least, at_ms));
  if (part === "middle") return within([from + at_ms - grabbed_ms, to + at_ms - grabbed_ms], bounds_ms);
  const fixed = { left: to, right: from, outside: grabbed_ms }[part];
  return at < fixed ? [at, fixed] : [fixed, at];
}

/** The range of the same span around a moment: where somebody clicked. */
export function centered([from, to], at_ms, bounds_ms) {
  return within([at_ms - (to - from) / 2, at_ms + (to - from) / 2], bounds_ms);
}
