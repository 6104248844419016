/** Asks the server for ticks of the past: `GET /api/charts/<chart>/ticks`. */

import { credentialsOf } from "./signed-link.js";
import { say } from "./words.js";

/** What the server said instead of ticks; `retry_after_s` when it said that, too. */
export class TicksRefused extends Error {
  constructor(message, retry_after_s) {
    super(message);
    this.retry_after_s = retry_after_s;
  }
}

/** The address of ticks between two times, both included, reduced to `points`. */
export function ticksPath(chart, { from_ms, to_ms, points }, search = "") {
  const asked = new URLSearchParams();
  if (Number.isFinite(from_ms)) asked.set("from", from_ms);
  if (Number.isFinite(to_ms)) asked.set("to", to_ms);
  asked.set("points", points);
  const { token } = credentialsOf(search);
  if (token) asked.set("link", token);
  return `/api/charts/${encodeURIComponent(chart)}/ticks?${asked}`;
}

/**
 * @param {{from_ms?: number, to_ms?: number, points: number, signal?: AbortSignal}} wanted
 * @returns {Promise<import("./frame.js").Frame>}
 * @throws {TicksRefused} and whatever `fetch` throws when nobody answers
 */
export async function fetchTicks(chart, { signal, ...wanted }) {
  const answer = await fetch(ticksPath(chart, wanted, location.search), { signal, headers: { Accept: "application/json" } });
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw new TicksRefused(said.error ?? say("status.answer", { n: answer.status }), Number(answer.headers.get("Retry-After")) || 0);
}
