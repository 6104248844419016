/**
 * What pointers do on the panes: zoom into what was dragged over, move, pinch, wheel, point, pin, back to live.
 *
 * It changes nothing but a Look and a Crosshair. A click is first offered as a `pick` event on the panes
 * (detail: `time_ms`); whoever has a use for it prevents the default, which is to pin the crosshair.
 * On a kiosk they point, and do nothing else.
 */

import { anchored } from "./anchors.js";
import { CrosshairLines } from "./crosshair-lines.js";
import { element } from "./element.js";
import { isFramed, isKiosk } from "./place.js";
import { within } from "./window.js";

/** A pointer that moves less than this has clicked. */
const DRAG_MIN_PX = 5;
/** One notch of a wheel is about 100 px. */
const ZOOM_PER_PX = 1.0025;
const LINE_PX = 33;

export class Gestures {
  #page;
  #root = document.querySelector("#plots");
  #band = element("div", "drag-band");
  /** By id: the pane, and the moment that each pointer holds. */
  #pointers = new Map();
  /** @type {""|"press"|"band"|"move"} */
  #mode = "";
  #start = null;

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#page.plot.shared.Lines = CrosshairLines;
    this.#page.pace.now();
    const listen = (type, act, options) => this.#root.addEventListener(type, act, options);
    listen("pointermove", (event) => this.#onMove(event));
    listen("pointerleave", () => this.#point(null));
    if (isKiosk) return;
    listen("pointerdown", (event) => this.#onDown(event));
    listen("pointerup", (event) => this.#onUp(event));
    listen("pointercancel", (event) => this.#onCancel(event));
    listen("dblclick", (event) => this.#page.plot.paneAt(event) && this.#onDouble());
    listen("wheel", (event) => this.#onWheel(event), { passive: false });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#onCancel());
  }

  #onDown(event) {
    const pane = this.#page.plot.paneAt(event);
    if (!pane || event.button > 0 || this.#pointers.size > 1) return;
    this.#pointers.set(event.pointerId, { pane, time_ms: pane.timeAt(event.clientX), x_px: pane.placeOf(event.clientX) });
    if (this.#pointers.size === 2) {
      this.#begin("move");
      return;
    }
    this.#mode = "press";
    this.#start = { x: event.clientX, y: event.clientY, pane, isMove: event.pointerType === "touch" || event.shiftKey || pane.isOnAxis(event) };
    // What is pressed on must not slide away before it is let go.
    this.#page.pace.hold();
  }

  #onMove(event) {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType === "mouse") this.#point(event);
      return;
    }
    pointer.x_px = pointer.pane.placeOf(event.clientX);
    if (this.#mode === "press" && Math.abs(event.clientX - this.#start.x) >= DRAG_MIN_PX) {
      this.#begin(this.#start.isMove ? "move" : "band");
      // What was done before this was here may be over.
      if (event.isTrusted) this.#root.setPointerCapture(event.pointerId);
    }
    if (this.#mode === "band") this.#stretch(event);
    if (this.#mode === "move") this.#move();
  }

  #onUp(event) {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    const { look } = this.#page;
    if (this.#mode === "press") this.#pick(pointer.pane.timeAt(event.clientX));
    if (this.#mode === "band") look.show(...within(this.#bandRange(event), look.bounds_ms));
    this.#let(event.pointerId);
  }

  /** One of its two clicks may have pinned something. */
  #onDouble() {
    const { look } = this.#page;
    look.set({ pinned_ms: null });
    look.follow();
  }

  #onCancel() {
    this.#pointers.clear();
    this.#let();
  }

  #begin(mode) {
    this.#mode = mode;
    this.#point(null);
    if (mode === "band") this.#root.append(this.#band);
    // Moving draws what it moves; all else waits until the pointer is up.
    if (mode === "move") this.#page.pace.release();
  }

  #let(pointerId) {
    this.#pointers.delete(pointerId);
    this.#band.remove();
    this.#mode = this.#pointers.size ? "move" : "";
    // The finger that stays holds what is below it now.
    for (const one of this.#pointers.values()) one.time_ms = one.pane.timeOf(one.x_px);
    this.#page.pace.release();
  }

  #move() {
    const { look } = this.#page;
    const [{ pane }] = this.#pointers.values();
    const [from, to] = look.range_ms();
    look.show(...within(anchored([...this.#pointers.values()], pane.width_px, to - from), look.bounds_ms));
  }

  #stretch({ clientX }) {
    const [left, right] = [this.#start.x, this.#start.pane.clamp(clientX)].sort((a, b) => a - b);
    this.#band.style.left = `${left - this.#root.getBoundingClientRect().left}px`;
    this.#band.style.width = `${right - left}px`;
  }

  #bandRange({ clientX }) {
    const { pane, x } = this.#start;
    return [pane.timeAt(x), pane.timeAt(pane.clamp(clientX))].sort((a, b) => a - b);
  }

  #pick(time_ms) {
    const { look } = this.#page;
    const isFree = this.#root.dispatchEvent(new CustomEvent("pick", { detail: { time_ms }, cancelable: true, bubbles: true }));
    if (isFree) look.set({ pinned_ms: look.pinned_ms === null ? time_ms : null });
  }

  #point(event) {
    const pane = event && this.#page.plot.paneAt(event);
    this.#page.plot.point(pane, event);
    this.#page.crosshair.hover(pane ? pane.timeAt(event.clientX) : null);
  }

  /** A wheel zooms, sideways it moves; where it would scroll the page, or may scroll the one around it, with Ctrl only. */
  #onWheel(event) {
    const pane = this.#page.plot.paneAt(event);
    const { look } = this.#page;
    const px = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX;
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!pane || (!isHeld(event) && (isFramed || (!isSideways && doesScroll())))) return;
    event.preventDefault();
    if (isSideways) {
      const [from, to] = look.range_ms();
      look.pan(((event.deltaX || event.deltaY) * px * (to - from)) / pane.width_px);
    } else look.zoom(ZOOM_PER_PX ** Math.max(-300, Math.min(300, event.deltaY * px)), pane.timeAt(event.clientX));
  }
}

/** With Ctrl, or Cmd, it is meant for the chart and no page. */
function isHeld({ ctrlKey, metaKey }) {
  return ctrlKey || metaKey;
}

function doesScroll() {
  const { scrollHeight, clientHeight } = document.scrollingElement;
  return scrollHeight > clientHeight + 1;
}
