/** When to draw: as often as can be seen, on a frame of the screen, never while hidden. */

/** For who wants little motion, a chart moves on in steps. */
const CALM_HZ = 1;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Pace {
  #draw;
  #rate_hz;
  #isDue = false;
  #isHeld = false;
  #timer = null;
  #drawn_ms = -Infinity;

  /**
   * @param {() => void} draw
   * @param {() => number} rate_hz
   */
  constructor(draw, rate_hz) {
    this.#draw = draw;
    this.#rate_hz = rate_hz;
    document.addEventListener("visibilitychange", () => this.#schedule(0));
  }

  /** There is something new to draw. */
  ask() {
    this.#isDue = true;
    const rate_hz = Math.min(this.#rate_hz(), calm.matches ? CALM_HZ : Infinity);
    if (this.#timer === null && !document.hidden) this.#schedule(this.#drawn_ms + 1000 / rate_hz - performance.now());
  }

  /** Draw on the next frame, whatever the rate: somebody has pressed something. */
  now() {
    this.#isDue = true;
    this.#schedule(0);
  }

  /** Draw before this returns: what is printed is taken at once. */
  atOnce() {
    this.#isDue = true;
    this.#beat();
  }

  /** Draw nothing until `release`: somebody drags something over what is shown. */
  hold() {
    this.#isHeld = true;
  }

  release() {
    this.#isHeld = false;
    this.#schedule(0);
  }

  #schedule(wait_ms) {
    if (document.hidden || this.#isHeld || !this.#isDue) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => requestAnimationFrame(() => this.#beat()), Math.max(0, wait_ms));
  }

  #beat() {
    this.#timer = null;
    if (document.hidden || this.#isHeld || !this.#isDue) return;
    this.#isDue = false;
    this.#drawn_ms = performance.now();
    this.#draw();
  }
}
