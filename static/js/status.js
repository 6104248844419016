/** What to tell people about link, source and data, in one state and two short texts. Pure. */

import { duration } from "./text.js";

/**
 * @typedef {object} Link - how the connection is
 * @property {"connecting"|"connected"|"reconnecting"|"refused"} state
 * @property {number} tries
 * @property {string} reason
 * @property {string} [code] - of a refusal that other credentials would change
 */

/**
 * @param {Link} link
 * @param {{status: string, reason: string}} source - as the server says
 * @param {{hasSnapshot: boolean, isStale: boolean, silence_ms: number}} data
 * @returns {{state: string, headline: string, detail: string, code?: string}}
 */
export function tell(link, source, data) {
  const silence = `no data for ${duration(data.silence_ms)}`;
  if (link.state === "refused") return { ...told("refused", "Refused", link.reason), ...(link.code && { code: link.code }) };
  if (link.state === "reconnecting") {
    const tries = `try ${Math.max(1, link.tries)}`;
    const why = source.status === "stopping" ? "the server stopped" : data.hasSnapshot ? silence : link.reason;
    return told("reconnecting", "Reconnecting", [tries, why].filter(Boolean).join(", "));
  }
  if (link.state === "connecting" || !data.hasSnapshot) return told("connecting", "Connecting", link.reason);
  if (source.status === "stopping") return told("stopping", "Server stopping", source.reason);
  if (source.status === "failed") return told("failed", "Failed", source.reason);
  if (source.status === "ended") return told("ended", "Ended", source.reason);
  if (source.status === "waiting") return told("waiting", "Waiting", "for the first tick");
  if (source.status === "stalled" || data.isStale) {
    return told("stale", "Stale", [silence, source.reason].filter(Boolean).join(", "));
  }
  return told("live", "Live", "");
}

function told(state, headline, detail) {
  return { state, headline, detail };
}
