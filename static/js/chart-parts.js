/** The parts of the page of a chart: those that it begins with, and when the others are fetched. */

import { Address } from "./address.js";
import { BesidePart } from "./beside-part.js";
import { onDemand } from "./demand.js";
import { KindPart } from "./kind-part.js";
import { isDense } from "./line.js";
import { LiveControls } from "./live-controls.js";
import { isEmbed, isKiosk } from "./place.js";
import { ScreenPart } from "./screen-part.js";
import { StalePart } from "./stale-part.js";
import { typesText } from "./typing.js";
import { say } from "./words.js";

/** What is fetched when it is needed, each once. */
const LATER = {
  address: async () => Address,
  alerts: async () => (await import("./alerts-part.js")).AlertsPart,
  candles: async () => (await import("./candle-part.js")).CandlePart,
  exporting: async () => (await import("./export-part.js")).ExportPart,
  follow: async () => (await import("./follow-part.js")).FollowPart,
  gestures: async () => (await import("./gestures.js")).Gestures,
  keyboard: async () => (await import("./keyboard.js")).Keyboard,
  notes: async () => (await import("./notes-part.js")).NotesPart,
  past: async () => (await import("./past-part.js")).PastPart,
  present: async () => (await import("./present-part.js")).PresentPart,
  sheet: async () => (await import("./sheet-part.js")).SheetPart,
  share: async () => (await import("./share-part.js")).SharePart,
};
/** What stands beside the panes does not wait longer than this for a browser that is busy. */
const IDLE_MAX_MS = 400;
/** What could not be fetched is tried again after this, when it is still needed. */
const AGAIN_MS = 5_000;
const POINTING = ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "dblclick", "wheel"];

/** Fetches the other parts, each when somebody or something first has a use for it. */
class LaterParts {
  #page;
  #asked = new Map();
  #here = new Set();
  #isBeside = false;
  /** There as soon as there is anything to see. */
  #withView = document.querySelectorAll("[data-history], [data-export]");

  constructor(page) {
    this.#page = page;
  }

  start() {
    const { connection, crosshair, feed, look } = this.#page;
    const find = (selector) => document.querySelector(selector);
    const demand = (name, isWanted) => ({ fetch: () => this.#bring(name), isHere: () => this.#here.has(name), isWanted });
    const onClick = (selector, name) => onDemand(find(selector), ["click"], demand(name));
    onClick("[data-share]", "share");
    onClick("[data-present]", "present");
    onClick("[data-add-note]", "notes");
    onClick("[data-keys]", "keyboard");
    onClick("[data-export] .menu-list", "exporting");
    find("[data-export]").addEventListener("toggle", () => this.#hint("exporting"), { once: true });
    onDemand(find("#plots"), POINTING, demand("gestures"));
    if (!isEmbed && !isKiosk) onDemand(document, ["keydown"], demand("notes", isOfNotes));
    onDemand(document, ["keydown"], demand("keyboard", (event) => isCommand(event) && !isNote(event)));
    crosshair.addEventListener("change", () => this.#hint("gestures"));
    for (const event of ["snapshot", "backfill", "note"]) connection.receive(event, (message) => this.#onNotes(message));
    feed.addEventListener("viewers", () => feed.presenters.length && this.#hint("follow"));
    if (new URLSearchParams(location.search).has("follow")) this.#hint("follow");
    if (!location.search) look.addEventListener("change", () => look.isUntouched || this.#hint("address"));
  }

  drawn(view, { series }) {
    for (const root of this.#withView) root.classList.toggle("is-idle", view === null);
    if (series.some(({ limits }) => limits?.length)) this.#hint("alerts");
    if (this.#page.look.kind === "candles") this.#hint("candles");
    if (view?.past_ms) this.#hint("past");
    if (view && isDense(view.to - view.from, this.#page.plot.width_px)) this.#hint("sheet");
    if (!this.#isBeside) this.#putBeside();
  }

  /** After what was just drawn has been painted: a frame that begins is not. */
  #putBeside() {
    this.#isBeside = true;
    requestAnimationFrame(() => requestAnimationFrame(() => whenIdle(() => this.#page.add(BesidePart))));
  }

  #onNotes({ chart, notes_revision, revision }) {
    if (chart === this.#page.feed.chart && (notes_revision ?? revision ?? 0) > 0) this.#hint("notes");
  }

  /** Fetch it without waiting for it. */
  #hint(name) {
    this.#bring(name).catch(() => {});
  }

  #bring(name) {
    if (!this.#asked.has(name)) this.#asked.set(name, this.#fetch(name));
    return this.#asked.get(name);
  }

  async #fetch(name) {
    try {
      this.#page.add(await LATER[name]());
      this.#here.add(name);
    } catch (error) {
      // Each draw may ask for it; a server that is away is not asked as often.
      setTimeout(() => this.#asked.delete(name), AGAIN_MS);
      this.#page.panel.notice(say("page.not-fetched"));
      throw error;
    }
  }
}

/** Not every browser tells when it has nothing else to do. */
function whenIdle(task) {
  if (globalThis.requestIdleCallback) requestIdleCallback(task, { timeout: IDLE_MAX_MS });
  else setTimeout(task, IDLE_MAX_MS / 4);
}

/** Keys that stand for something here, as far as can be told without the list of them. */
function isCommand(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return false;
  return event.key.startsWith("Arrow") || (event.key.length === 1 && event.key !== " ");
}

/** `A`, and the Enter that takes the time pointed at, however soon after it. */
function isOfNotes(event, isAsked) {
  return (isAsked && event.key === "Enter") || (isCommand(event) && isNote(event));
}

function isNote({ key }) {
  return key.toLowerCase() === "a";
}

export const PARTS = [KindPart, LiveControls, StalePart, ScreenPart, LaterParts];
