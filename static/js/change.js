/** How a value has changed since the window's first. Pure. */

import { number, trend } from "./text.js";
import { say } from "./words.js";

/**
 * @returns {{by: number, percent: number}} NaN for what makes no sense: a share of nothing, or of a share
 */
export function changeOf(first, last, unit = "") {
  const by = last - first;
  return { by, percent: first === 0 || unit === "%" ? NaN : (100 * by) / Math.abs(first) };
}

/** "▲ +0.057 +0.04%", "unchanged", or nothing when there is nothing to compare. */
export function changeText({ by, percent }, digits) {
  const text = trend(by, digits);
  const size = Math.abs(percent);
  if (text === "" || text === say("card.unchanged") || !Number.isFinite(size)) return text;
  return `${text} ${by < 0 ? "−" : "+"}${number(size, size < 0.01 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0)}%`;
}
