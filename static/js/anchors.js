/** Moments held under fingers: the range in which each stays where it is. Pure. */

/** Two fingers nearer than this say nothing of how wide the range is. */
const APART_MIN_PX = 12;

/**
 * Return the range of times over `width_px` in which each anchor's moment lies at its place.
 *
 * One anchor moves the range, two stretch it as well.
 *
 * @param {{time_ms: number, x_px: number}[]} anchors
 * @param {number} width_px
 * @param {number} span_ms - of the range so far
 * @returns {[number, number]} ms
 */
export function anchored([first, second], width_px, span_ms) {
  let ms_per_px = span_ms / width_px;
  if (second && Math.abs(second.x_px - first.x_px) >= APART_MIN_PX) {
    const stretched = (second.time_ms - first.time_ms) / (second.x_px - first.x_px);
    // Fingers that have passed each other do not turn time around.
    if (stretched > 0) ms_per_px = stretched;
  }
  const from_ms = first.time_ms - first.x_px * ms_per_px;
  return [from_ms, from_ms + width_px * ms_per_px];
}
