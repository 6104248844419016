/** One tab stop for many things of a kind: arrows, Home and End go from one to the next, as they stand on the page. */

const FOCUSABLE = "a, button";

export class Roving {
  #root;
  #selector;
  #active = null;

  /** @param {string} selector - of the things within `root`; what can be focused in one is a stop while it is the active one */
  constructor(root, selector) {
    this.#root = root;
    this.#selector = selector;
    root.addEventListener("focusin", ({ target }) => this.#activate(target.closest(selector)));
    root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Things came or went. */
  update() {
    const items = this.#items();
    this.#activate(items.includes(this.#active) ? this.#active : items[0]);
  }

  #items() {
    return [...this.#root.querySelectorAll(this.#selector)];
  }

  #activate(active) {
    this.#active = active ?? null;
    for (const item of this.#items()) {
      for (const one of item.querySelectorAll(FOCUSABLE)) one.tabIndex = item === active ? 0 : -1;
    }
  }

  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const items = this.#items();
    const at = items.indexOf(event.target.closest(this.#selector));
    const next = at < 0 ? -1 : nextOf(items.map((item) => item.getBoundingClientRect()), at, event.key);
    if (next < 0) return;
    // Also at an end: nothing else is to take the key.
    event.preventDefault();
    items[next].querySelector(FOCUSABLE).focus();
  }
}

/**
 * Return which thing a key leads to, from the one at `at`; -1 for a key that leads nowhere.
 *
 * @param {{left: number, right: number, top: number, bottom: number}[]} places - in the order of reading
 */
export function nextOf(places, at, key) {
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[key];
  if (step) return Math.min(places.length - 1, Math.max(0, at + step));
  if (key !== "ArrowUp" && key !== "ArrowDown") return -1;
  const from = places[at];
  const middle = ({ left, right }) => (left + right) / 2;
  const isBeyond = (one) => (key === "ArrowDown" ? one.top >= from.bottom : one.bottom <= from.top);
  const way = (one) => Math.abs(one.top - from.top) * 1e4 + Math.abs(middle(one) - middle(from));
  const beyond = places.filter(isBeyond).sort((a, b) => way(a) - way(b));
  return beyond.length ? places.indexOf(beyond[0]) : at;
}
