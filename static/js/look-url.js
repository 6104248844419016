/**
 * A Look as the parameters of an address, and back. Pure.
 *
 * `?window=5m`, or `?from=…&to=…` in ISO 8601 for a view that looks back; `kind=candles`, `candle=10s`,
 * `hide=A,B`, `pin=…`, `panels=stacked`. What is not said is as at first; what makes no sense is not said.
 * Other parameters are left alone.
 */

import { spanOf, wordOf } from "./span.js";

const OWN = ["window", "from", "to", "kind", "candle", "hide", "pin", "panels"];
const PANELS = ["single", "stacked"];
/** The years 1 to 9999, in which ticks can be. */
const [EARLIEST_MS, LATEST_MS] = [-62_135_596_800_000, 253_402_300_799_000];

/**
 * @param {URLSearchParams} parameters
 * @returns {object} what `restore` of a Look takes
 */
export function lookOf(parameters) {
  const get = (name) => parameters.get(name) ?? "";
  const [from, to, pin] = ["from", "to", "pin"].map((name) => timeOf(get(name)));
  return {
    span_ms: spanOf(get("window")),
    shown_ms: from < to ? [from, to] : undefined,
    kind: get("kind") === "candles" ? "candles" : "line",
    candle_ms: finite(spanOf(get("candle"))) ?? 0,
    // The comma stands between names, and is escaped within them.
    hidden: new Set(get("hide").split(",").filter(Boolean).map(unescaped)),
    pinned_ms: finite(pin) ?? null,
    panels: PANELS.includes(get("panels")) ? get("panels") : "",
  };
}

/**
 * Return `parameters` with those of a Look in place of the ones there were.
 *
 * @param {import("./look.js").Look} look
 * @param {URLSearchParams} parameters
 */
export function withLook(look, parameters) {
  const said = new URLSearchParams(parameters);
  for (const name of OWN) said.delete(name);
  const say = (name, value) => value && said.set(name, value);
  say("window", look.isChosen && wordOf(look.span_ms));
  if (!look.isFollowing) for (const [name, time] of Object.entries(rangeOf(look.range_ms()))) say(name, time);
  say("kind", look.kind === "candles" && look.kind);
  say("candle", look.candle_ms > 0 && wordOf(look.candle_ms));
  say("hide", [...look.hidden].map((name) => name.replace(/[%,]/g, encodeURIComponent)).join());
  say("pin", look.pinned_ms !== null && iso(Math.round(look.pinned_ms)));
  say("panels", look.panels);
  return said;
}

/** `from` and `to` of a range, in whole milliseconds: what is in it stays in it. */
export function rangeOf([from_ms, to_ms]) {
  return { from: iso(Math.floor(from_ms)), to: iso(Math.ceil(to_ms)) };
}

/** The query of an address, with colons and commas left readable. */
export function queryOf(parameters) {
  const text = String(parameters).replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text && `?${text}`;
}

function timeOf(text) {
  const time_ms = Date.parse(text);
  return time_ms >= EARLIEST_MS && time_ms <= LATEST_MS ? time_ms : NaN;
}

function iso(time_ms) {
  return new Date(time_ms).toISOString();
}

function finite(value) {
  return Number.isFinite(value) ? value : undefined;
}

function unescaped(name) {
  return name.replace(/%2C/gi, ",").replace(/%25/g, "%");
}
