/**
 * What is looked at: the span of time, whether it moves on with the newest tick, and how it is drawn. Pure.
 *
 * It knows no ticks, only what `reach` tells: from when to when there are any. Leaving follow mode
 * stops nothing but the view. Event `change` (detail: the names of what changed, a Set; `presented` is among
 * them where it was not done here, but by the one who is followed).
 */

import { followed, within } from "./window.js";

/** No closer than this: times are of milliseconds. */
const SPAN_MIN_MS = 20;

export class Look extends EventTarget {
  /** The window in ms, Infinity for all; as long as nobody chose one it is only a suggestion. */
  span_ms = Infinity;
  isChosen = false;
  /** @type {"line"|"candles"} */
  kind = "line";
  /** Of a candle, 0 for one that fits the window. */
  candle_ms = 0;
  /** Names of the series that are not drawn. */
  hidden = new Set();
  pinned_ms = null;
  /** @type {""|"single"|"stacked"} "" leaves it to the chart */
  panels = "";
  #shown = null;
  #reach = { oldest_ms: NaN, newest_ms: NaN, spacing_ms: NaN, ahead_ms: 0 };

  get isFollowing() {
    return this.#shown === null;
  }

  /** Whether it is as it is by itself: live, and nothing of it chosen. */
  get isUntouched() {
    return this.isFollowing && !this.isChosen && this.kind === "line" && !this.candle_ms && this.hidden.size === 0 && this.pinned_ms === null && !this.panels;
  }

  /** From when to when there are ticks, as `reach` was told. */
  get bounds_ms() {
    return [this.#reach.oldest_ms, this.#reach.newest_ms];
  }

  /**
   * Say from when to when there are ticks; the view moves on with them while it follows.
   *
   * `ahead_ms` is what is to be shown after the newest tick: time in which none came.
   *
   * @param {Partial<{oldest_ms: number, newest_ms: number, spacing_ms: number, ahead_ms: number}>} reach
   */
  reach(reach) {
    Object.assign(this.#reach, reach);
  }

  /** The range of times in view: from and to, in ms. */
  range_ms(newest_ms = this.#reach.newest_ms) {
    return this.#shown ?? followed({ ...this.#reach, newest_ms }, this.span_ms);
  }

  /** Back to live. */
  follow() {
    if (this.isFollowing) return;
    this.#shown = null;
    this.#changed("range");
  }

  /** Stay with what is in view, while ticks go on coming in. */
  pause() {
    if (this.isFollowing) this.show(...this.range_ms());
  }

  toggle() {
    if (this.isFollowing) this.pause();
    else this.follow();
  }

  /** Look back, at exactly this range; what is too narrow is widened. */
  show(from_ms, to_ms) {
    if (!(Number.isFinite(from_ms) && Number.isFinite(to_ms))) return;
    const [from, to] = from_ms <= to_ms ? [from_ms, to_ms] : [to_ms, from_ms];
    const lacking_ms = Math.max(0, SPAN_MIN_MS - (to - from));
    this.#shown = [from - lacking_ms / 2, to + lacking_ms / 2];
    this.#changed("range");
  }

  /** Move the view by so much, to later times when it is positive; no further than there are ticks. */
  pan(by_ms) {
    const [from, to] = this.range_ms();
    this.show(...within([from + by_ms, to + by_ms], this.bounds_ms));
  }

  /**
   * Make the span `factor` times as wide (below 1: look closer), around `at_ms`.
   *
   * Without `at_ms` it is the middle of what is looked back at; a live view stays live, and its
   * newest end stays where it is.
   */
  zoom(factor, at_ms) {
    const [from, to] = this.range_ms();
    const times = Math.max(factor, SPAN_MIN_MS / (to - from));
    if (at_ms === undefined && this.isFollowing) {
      this.choose((to - from) * times);
      return;
    }
    const middle = at_ms ?? (from + to) / 2;
    this.show(...within([middle - (middle - from) * times, middle + (to - middle) * times], this.bounds_ms));
  }

  /** Choose a window; one that is looked back at keeps its newest end, all there is is shown live. */
  choose(span_ms) {
    this.isChosen = true;
    this.span_ms = span_ms;
    if (!this.isFollowing) {
      const to = this.#shown[1];
      this.#shown = Number.isFinite(span_ms) ? [to - span_ms, to] : null;
    }
    this.#changed("span", "range");
  }

  /** Take a window for as long as nobody has chosen one. */
  suggest(span_ms) {
    if (this.isChosen || this.span_ms === span_ms) return;
    this.span_ms = span_ms;
    this.#changed("range");
  }

  /** Set `kind`, `candle_ms`, `hidden`, `pinned_ms` or `panels`. */
  set(values) {
    const names = Object.keys(values).filter((name) => !isSame(this[name], values[name]));
    Object.assign(this, values);
    this.#changed(...names);
  }

  /** Draw a series no more, or again. */
  toggleSeries(name) {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(name)) hidden.add(name);
    this.set({ hidden });
  }

  /** Be as another moment was: what it does not name is as at first; see `look-url`. */
  restore({ span_ms, shown_ms, kind = "line", candle_ms = 0, hidden = new Set(), pinned_ms = null, panels = "", isPresented = false }) {
    Object.assign(this, { kind, candle_ms, hidden, pinned_ms, panels });
    this.isChosen = span_ms !== undefined;
    this.span_ms = span_ms ?? this.span_ms;
    this.#shown = shown_ms ?? null;
    this.#changed("span", "range", "kind", "candle_ms", "hidden", "pinned_ms", "panels", ...(isPresented ? ["presented"] : []));
  }

  #changed(...names) {
    if (names.length) this.dispatchEvent(new CustomEvent("change", { detail: new Set(names) }));
  }
}

function isSame(a, b) {
  return a instanceof Set ? a.size === b.size && [...a].every((one) => b.has(one)) : Object.is(a, b);
}
