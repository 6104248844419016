/**
 * Frames as they come off the wire, and what offsets say about them. Pure.
 *
 * @typedef {object} Frame
 * @property {string} chart
 * @property {string} epoch
 * @property {number} offset - that of the last column
 * @property {number[]} t - times in ms, never falling
 * @property {(number|null)[][]} y - a row per series, null for missing
 * @property {boolean} [reduced] - columns were left out: offsets between cannot be counted
 */

/** Offset of the tick before the frame's first. */
export function base(frame) {
  return frame.offset - frame.t.length;
}

/** Tell whether ticks are missing between `offset` and the frame's first. */
export function hasJump(frame, offset) {
  return base(frame) > offset;
}

/** Drop ticks at or below `offset`; what is left continues the series. */
export function after(frame, offset) {
  return without(frame, Math.max(0, offset - base(frame)));
}

/** Drop ticks up to `time_ms`: all that can be told of a reduced frame. */
export function later(frame, time_ms) {
  const first = frame.t.findIndex((t) => t > time_ms);
  return without(frame, first < 0 ? frame.t.length : first);
}

function without(frame, n) {
  return n === 0 ? frame : { ...frame, t: frame.t.slice(n), y: frame.y.map((row) => row.slice(n)) };
}
