/** Why a server that could be reached did not let us in. Pure. */

/** Of another origin, too many requests, full or stopping. */
const REFUSALS = [403, 429, 503];

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
