/** Why a server that could be reached did not let us in. Pure. */

/** Of another origin, too many requests, full or stopping. */
const REFUSALS = [403, 429, 503];
/** Whatever a server asks for. */
const PAUSE_MAX_MS = 60_000;

/**
 * Return what the server said, or "" when nobody answered.
 *
 * The last transport that is tried is polling, whose error brings the answer along.
 *
 * @param {Error & {context?: {status?: number, responseText?: string}}} error - of Engine.IO
 */
export function refusalOf({ context }) {
  if (!REFUSALS.includes(context?.status)) return "";
  try {
    const error = JSON.parse(context.responseText)?.error;
    return typeof error === "string" ? error : "";
  } catch {
    // Not ours: such as a proxy's page for a server that is down.
    return "";
  }
}

/** Codes of refusals that other credentials would change. */
const OF_ACCESS = ["unauthorized", "expired", "forbidden", "too_many_tries"];

/**
 * Return the code of a refusal that a way to sign in helps with, or "".
 *
 * @param {Error & {data?: {code?: string}}} error - of Socket.IO's connect
 */
export function accessCodeOf({ data }) {
  return OF_ACCESS.includes(data?.code) ? data.code : "";
}

/**
 * Return for how long the server wants to be left alone, in milliseconds; 0 when it says nothing.
 *
 * @param {Error & {data?: {retry_after_s?: number}}} error - of Socket.IO's connect
 */
export function pauseOf_ms({ data }) {
  const pause_ms = 1000 * (data?.retry_after_s ?? 0);
  return pause_ms > 0 ? Math.min(pause_ms, PAUSE_MAX_MS) : 0;
}
