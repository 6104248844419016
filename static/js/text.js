/** Numbers, times and durations as people read them, in the page's language and as their place writes them. Pure. */

import { plainNumbers } from "./plainly.js";
import { Times } from "./times.js";
import { locale, say } from "./words.js";

const DIGITS_MAX = 8;
const SIGNIFICANT = 5;
/** `Intl` takes no more everywhere. */
const DECIMALS_MAX = 20;
/** Below this zeros hide what there is; above the last prefix, too. */
const TINY = 1e-5;
const PREFIXES = [[18, "E"], [15, "P"], [12, "T"], [9, "G"], [6, "M"]].map(([power, prefix]) => ({ power, least: 10 ** power, prefix }));
const HUGE = 1e21;
const LENGTHS = { ms: "window.ms", s: "window.s", m: "window.m", h: "window.h", d: "window.d", M: "window.month", Y: "window.year" };
const times = new Times(locale);
const plain = plainNumbers(locale);
const SCIENTIFIC = { notation: "scientific", maximumSignificantDigits: SIGNIFICANT - 1 };
/** By how they write. */
const formats = {};

/** Decimals that tell values apart which spread over `span` around `size`; of millions below 0: -3 for thousands. */
export function digitsFor(size, span) {
  const bySize = size > 0 ? SIGNIFICANT - 1 - Math.floor(Math.log10(size)) : 2;
  const bySpan = span > 0 ? 2 - Math.floor(Math.log10(span)) : 0;
  const least = size >= PREFIXES.at(-1).least ? -Infinity : 0;
  return Math.min(DIGITS_MAX, Math.max(least, Math.min(bySize, size < 1e-3 ? DIGITS_MAX : 4), bySpan));
}

/** Decimals that write every multiple of `step` in full: 2 for 0.25. */
export function digitsOfStep(step) {
  for (let digits = 0; digits < 12; digits += 1) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}

/** A value with `digits` decimals; millions and more with M, G or T; what is tiny as 1.2E−7; an en dash when missing. */
export function number(value, digits) {
  if (value === null || !Number.isFinite(value)) return "–";
  return written(value, digits).replaceAll("-", "−");
}

function written(value, digits) {
  const size = Math.abs(value);
  if (size >= HUGE || (size > 0 && size < TINY && digits > 5)) return formatOf("scientific", SCIENTIFIC).format(value);
  const large = PREFIXES.find(({ least }) => size >= least);
  if (large) return prefixed(value, large, digits);
  const decimals = Math.max(0, digits);
  const fixed = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: "negative" };
  return plain?.(value, decimals) ?? formatOf(decimals, fixed).format(value);
}

function prefixed(value, { power, least, prefix }, digits) {
  const decimals = Math.min(DECIMALS_MAX, Math.max(0, power + digits));
  return `${formatOf(`to ${decimals}`, { maximumFractionDigits: decimals }).format(value / least)}${prefix}`;
}

/** Made when it is needed: that takes long. */
function formatOf(name, options) {
  return (formats[name] ??= new Intl.NumberFormat(locale, options));
}

/** A difference, always with its sign. */
export function change(value, digits) {
  if (!Number.isFinite(value)) return "";
  const text = number(Math.abs(value), digits);
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** A difference with the direction in which it points. */
export function trend(value, digits) {
  const text = change(value, digits);
  if (text && !/[1-9]/.test(text)) return say("card.unchanged");
  return text && `${value < 0 ? "▼" : "▲"} ${text}`;
}

export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return say("time.s", { s });
  if (s < 3600) return say("time.min", { min: Math.floor(s / 60), s: s % 60 });
  if (s < 2 * 86_400) return say("time.h", { h: Math.floor(s / 3600), min: Math.floor((s % 3600) / 60) });
  return say("time.d", { d: Math.floor(s / 86_400), h: Math.floor((s % 86_400) / 3600) });
}

/** How long something was that may have been less than a second. */
export function spell(ms) {
  return ms < 1000 ? say("delay.ms", { ms: Math.round(ms) }) : duration(ms);
}

/** A span as addresses have it, "5m", for people. */
export function length(word) {
  const [, n, unit] = /^([\d.]+)(\w+)$/.exec(word) ?? [];
  return unit ? say(LENGTHS[unit], { n: Number(n) }) : say("window.all");
}

/** A tick's time: of the day, or the date too when the beat is `spacing_ms` of hours and days. */
export function moment(time_ms, spacing_ms = 0) {
  return times.moment(time_ms, spacing_ms);
}

/** A tick's time, with its date where that is not today. */
export function dated(time_ms, spacing_ms = 0) {
  return times.dated(time_ms, spacing_ms, Date.now());
}

/** The date and the time. */
export function dateAndTime(time_ms) {
  return times.full(time_ms);
}

/** A label of the time axis whose labels are `step_ms` apart. */
export function axisLabel(time_ms, step_ms) {
  return times.axisLabel(time_ms, step_ms);
}

/** What the times are of: "Europe/Berlin". */
export function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
