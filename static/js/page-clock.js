/**
 * The server's clock, by the time at which it wrote this page: late by as long as the page was on its way.
 *
 * Good enough to say for how long nothing has come, from the first moment on.
 */

const written_ms = Number(document.querySelector("main")?.dataset.time);
const [navigation] = performance.getEntriesByType("navigation");
const ahead_ms = written_ms - performance.timeOrigin - (navigation?.responseStart ?? 0);

/** For how long, at `now_ms` of `performance.now()`, nothing has come to the server since `arrived_ms`; 0 when that is not known. */
export function silenceSince(arrived_ms, now_ms) {
  const silence_ms = performance.timeOrigin + now_ms + ahead_ms - (arrived_ms ?? NaN);
  return silence_ms > 0 ? silence_ms : 0;
}
