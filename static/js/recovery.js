/**
 * Asks the server for a backfill or a snapshot until it has come: one question at a time. Pure; the
 * clock and the wire are passed in.
 */

const FRAME_WAIT_MS = 8_000;
const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;

/** The pause before try `tries` + 1, doubling, spread so that viewers do not ask in step. */
export function pause_ms(tries, random = Math.random()) {
  const full_ms = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** tries);
  return full_ms * (0.5 + 0.5 * random);
}

export class Recovery {
  #send;
  #setTimer;
  #clearTimer;
  #wanted = "";
  #timer = null;
  #tries = 0;
  #round = 0;

  /** @param {(kind: string) => Promise<{error?: string}>} send - rejects when no answer came */
  constructor({ send, setTimer = setTimeout, clearTimer = clearTimeout }) {
    this.#send = send;
    this.#setTimer = (task, wait_ms) => setTimer(task, wait_ms);
    this.#clearTimer = (timer) => clearTimer(timer);
  }

  /** What is being waited for, "" for nothing. */
  get wanted() {
    return this.#wanted;
  }

  /** Ask for "backfill" or "snapshot", unless that or more has been asked for already. */
  ask(kind) {
    if (this.#wanted === kind || this.#wanted === "snapshot") return;
    this.#wanted = kind;
    this.#tries = 0;
    this.#try();
  }

  /** Wait for what the server sends of itself on connect, and ask for it if it does not come. */
  expect(kind) {
    this.cancel();
    this.#wanted = kind;
    this.#again(FRAME_WAIT_MS);
  }

  /** A frame of this kind has been taken. */
  answered(kind) {
    if (kind === "snapshot" || kind === this.#wanted) this.cancel();
  }

  /** Forget the question: the link is lost, or the answer is here. */
  cancel() {
    this.#wanted = "";
    this.#tries = 0;
    this.#round += 1;
    this.#clearTimer(this.#timer);
  }

  async #try() {
    const round = (this.#round += 1);
    let wait_ms = FRAME_WAIT_MS;
    try {
      const answer = await this.#send(this.#wanted);
      if (answer?.error) throw new Error(answer.error);
    } catch {
      wait_ms = pause_ms(this.#tries);
    }
    if (round !== this.#round) return;
    this.#tries += 1;
    this.#again(wait_ms);
  }

  #again(wait_ms) {
    this.#clearTimer(this.#timer);
    this.#timer = this.#setTimer(() => this.#try(), wait_ms);
  }
}
