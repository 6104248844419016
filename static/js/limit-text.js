/** What is said of a limit. Pure. */

import { levelOf } from "./extent.js";
import { number } from "./text.js";

/** Decimals of its own, when it has more than the values. */
function digitsOf(level, digits) {
  return Math.max(digits, Math.min(8, (String(level).split(".")[1] ?? "").length));
}

/** "above 151.22" */
export function passedText(limit, digits = 0) {
  const level = levelOf(limit);
  return `${limit.above !== undefined ? "above" : "below"} ${number(level, digitsOf(level, digits))}`;
}

/** "EUR/USD dear, above 1.20": what stands at its line. */
export function limitText(limit, digits, name = "") {
  return [[name, limit.label].filter(Boolean).join(" "), passedText(limit, digits)].filter(Boolean).join(", ");
}
