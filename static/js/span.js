/** Spans of time as words of an address: 5m, 1h, 90s, 1Y, all. Pure. */

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;
/** As the windows have them. */
const NAMED = { "1M": 30 * DAY_MS, "6M": 182 * DAY_MS, "1Y": 365 * DAY_MS, "5Y": 1826 * DAY_MS, all: Infinity };

/** The span that a word names, or undefined. */
export function spanOf(word) {
  if (Object.hasOwn(NAMED, word)) return NAMED[word];
  const [, n, unit] = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(word) ?? [];
  return Number(n) > 0 ? Number(n) * MS[unit] : undefined;
}

/** The shortest word for a span. */
export function wordOf(span_ms) {
  const named = Object.entries(NAMED).find(([, ms]) => ms === span_ms);
  if (named) return named[0];
  const whole_ms = Math.max(1, Math.round(span_ms));
  const [unit, ms] = Object.entries(MS).findLast(([, unit_ms]) => whole_ms % unit_ms === 0);
  return `${whole_ms / ms}${unit}`;
}
