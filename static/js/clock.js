/**
 * How the server's clock differs from ours, as NTP has it: by the quickest of several ways there and back. Pure.
 */

const PROBES_MAX = 8;

export class ServerClock {
  #probes = [];

  /** It was asked at `sent_ms`, said `server_ms`, and the answer came at `got_ms`; ours by our clock. */
  took(sent_ms, server_ms, got_ms) {
    this.#probes.push({ way_ms: got_ms - sent_ms, ahead_ms: server_ms - (sent_ms + got_ms) / 2 });
    if (this.#probes.length > PROBES_MAX) this.#probes.shift();
  }

  get isKnown() {
    return this.#probes.length > 0;
  }

  /** How much the server's clock is ahead of ours, NaN before the first answer. */
  get ahead_ms() {
    return this.#best?.ahead_ms ?? NaN;
  }

  /** By how much that may be wrong. */
  get error_ms() {
    return (this.#best?.way_ms ?? NaN) / 2;
  }

  get #best() {
    return this.#probes.reduce((best, one) => (best && best.way_ms <= one.way_ms ? best : one), undefined);
  }
}
