/** Lets a page that nobody sees rest: it leaves its charts, and goes on from its positions once it is seen again. */

/** Who only looks something up in another tab is back by then. */
const AFTER_MS = 5_000;
/** What is held is drawn when what is missing does not come within this. */
const WAIT_MS = 500;

export class Rest {
  #connection;
  #pace;
  #feeds;
  #timer = null;
  #isResting = false;

  /**
   * @param {{connection: import("./connection.js").Connection, pace: import("./pace.js").Pace}} page
   * @param {() => import("./feed.js").Feed[]} feeds - of all charts that it follows now
   */
  constructor({ connection, pace }, feeds) {
    this.#connection = connection;
    this.#pace = pace;
    this.#feeds = feeds;
  }

  start() {
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    // A new link brings ticks, whether anybody looks or not.
    this.#connection.addEventListener("link", () => document.hidden && this.#soon());
    this.#onVisibility();
  }

  #onVisibility() {
    clearTimeout(this.#timer);
    if (document.hidden) this.#soon();
    else if (this.#isResting) this.#comeBack();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), AFTER_MS);
  }

  #begin() {
    this.#isResting = true;
    // What is drawn first after the return is all that was missed.
    this.#pace.hold();
    for (const feed of this.#feeds()) feed.rest();
  }

  async #comeBack() {
    this.#isResting = false;
    const returns = this.#feeds().map((feed) => feed.comeBack());
    await Promise.race([Promise.all(returns), new Promise((resolve) => { setTimeout(resolve, WAIT_MS); })]);
    if (!this.#isResting) this.#pace.release();
  }
}
