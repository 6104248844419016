/** What to tell people about link, source and data, in one state and two short texts. Pure. */

import { duration } from "./text.js";
import { say } from "./words.js";

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
  const silence = say("status.silence", { time: duration(data.silence_ms) });
  if (link.state === "refused") return { ...told("refused", say("state.refused"), link.reason), ...(link.code && { code: link.code }) };
  if (link.state === "reconnecting") {
    const tries = say("status.try", { n: Math.max(1, link.tries) });
    const why = source.status === "stopping" ? say("status.stopped") : data.hasSnapshot ? silence : link.reason;
    return told("reconnecting", say("state.reconnecting"), listed(tries, why));
  }
  if (link.state === "connecting" || !data.hasSnapshot) return told("connecting", say("state.connecting"), link.reason);
  if (source.status === "stopping") return told("stopping", say("state.stopping"), source.reason);
  if (source.status === "failed") return told("failed", say("state.failed"), source.reason);
  if (source.status === "ended") return told("ended", say("state.ended"), source.reason);
  if (source.status === "waiting") return told("waiting", say("state.waiting"), say("status.first"));
  if (source.status === "stalled" || data.isStale) {
    return told("stale", say("state.stale"), listed(silence, source.reason));
  }
  return told("live", say("state.live"), "");
}

/** What there is of these, as a list. */
export function listed(...texts) {
  return texts.filter(Boolean).reduce((items, item) => (items ? say("status.list", { items, item }) : item), "");
}

function told(state, headline, detail) {
  return { state, headline, detail };
}
