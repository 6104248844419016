/** What is said of a limit. Pure. */

import { levelOf } from "./extent.js";
import { listed } from "./status.js";
import { number } from "./text.js";
import { say } from "./words.js";

const DIGITS_MAX = 8;

/** "above 151.22": as exact as it was said. */
export function passedText(limit) {
  const level = levelOf(limit);
  const digits = Math.min(DIGITS_MAX, (String(level).split(".")[1] ?? "").length);
  return say(limit.above !== undefined ? "alerts.above" : "alerts.below", { level: number(level, digits) });
}

/** "EUR/USD dear, above 1.2": what stands at its line. */
export function limitText(limit, name = "") {
  return listed([name, limit.label].filter(Boolean).join(" "), passedText(limit));
}
