/**
 * One moment that all panes, and all charts of a page, point at: hovered over, or pinned. Pure.
 *
 * Event `change`.
 */
export class Crosshair extends EventTarget {
  /** Hovered over, null for nowhere. */
  hovered_ms = null;
  /** Stays while the pointer is elsewhere. */
  pinned_ms = null;

  /** The moment that is pointed at, or null. */
  get time_ms() {
    return this.hovered_ms ?? this.pinned_ms;
  }

  get isPinned() {
    return this.pinned_ms !== null;
  }

  hover(time_ms) {
    this.#set({ hovered_ms: time_ms });
  }

  pin(time_ms) {
    this.#set({ pinned_ms: time_ms });
  }

  #set(values) {
    const isSame = Object.entries(values).every(([name, value]) => this[name] === value);
    Object.assign(this, values);
    if (!isSame) this.dispatchEvent(new Event("change"));
  }
}
