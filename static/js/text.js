/** Numbers, times and durations as people read them. Pure. */

import { say } from "./words.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DIGITS_MAX = 8;
const SIGNIFICANT = 5;
const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"]];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Decimals that tell values apart which spread over `span` around `size`. */
export function digitsFor(size, span) {
  const bySize = size > 0 ? SIGNIFICANT - 1 - Math.floor(Math.log10(size)) : 2;
  const bySpan = span > 0 ? 2 - Math.floor(Math.log10(span)) : 0;
  return Math.min(DIGITS_MAX, Math.max(0, Math.min(bySize, 4), bySpan));
}

/** Decimals that write every multiple of `step` in full: 2 for 0.25. */
export function digitsOfStep(step) {
  for (let digits = 0; digits < 12; digits += 1) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}

/** A value with `digits` decimals; millions and more with M, G or T; an en dash when missing. */
export function number(value, digits) {
  if (value === null || !Number.isFinite(value)) return "–";
  const [factor, prefix] = PREFIXES.find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  const text = prefix ? `${Number((value / factor).toPrecision(SIGNIFICANT))}${prefix}` : value.toFixed(digits);
  return text.replace("-", "−");
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

/** A tick's time: of the day, or the date too when the beat is `spacing_ms` of hours and days. */
export function moment(time_ms, spacing_ms = 0) {
  if (!Number.isFinite(time_ms)) return "–";
  const at = new Date(time_ms);
  if (spacing_ms >= DAY_MS / 2) return date(at);
  const tenths = spacing_ms > 0 && spacing_ms < 1000 ? `.${Math.floor(at.getMilliseconds() / 100)}` : "";
  const time = `${clock(at)}:${two(at.getSeconds())}${tenths}`;
  return spacing_ms >= 30 * MINUTE_MS ? `${date(at)} ${clock(at)}` : time;
}

/** A label of the time axis whose labels are `step_ms` apart. */
export function axisLabel(time_ms, step_ms) {
  const at = new Date(time_ms);
  if (step_ms >= 300 * DAY_MS) return `${at.getFullYear()}`;
  if (step_ms >= 27 * DAY_MS) return at.getMonth() === 0 ? `${at.getFullYear()}` : MONTHS[at.getMonth()];
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
  if (step_ms >= DAY_MS || (isMidnight && step_ms >= MINUTE_MS)) return `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  if (step_ms >= MINUTE_MS) return clock(at);
  if (step_ms < 1000) return `${clock(at)}:${two(at.getSeconds())}.${Math.floor(at.getMilliseconds() / 100)}`;
  return at.getSeconds() === 0 ? clock(at) : `${clock(at)}:${two(at.getSeconds())}`;
}

function clock(at) {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function date(at) {
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
}

function two(n) {
  return String(n).padStart(2, "0");
}
