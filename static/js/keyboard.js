/** Keys for what there are buttons for, and the sheet that tells of them; never while something is typed. */

import { element, setText } from "./element.js";
import { DEEDS, deedOf, rowsOf } from "./keys.js";
import { isEmbed, isKiosk } from "./place.js";
import { pointText, tickBeside } from "./pointing.js";
import { typesText } from "./typing.js";
import { say } from "./words.js";

/** What moves by arrows itself. */
const TAKES_ARROWS = "[role=slider], [role=menu], [role=tablist]";
const PLACE = (isKiosk && "kiosk") || (isEmbed && "embed") || "page";

export class Keyboard {
  #page;
  #sheet = sheet();
  #said = element("p", "sr-only");
  #button = document.querySelector("[data-keys]");

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#said.setAttribute("role", "status");
    this.#said.dataset.pointed = "";
    document.body.append(this.#sheet, this.#said);
    this.#button.addEventListener("click", () => this.#sheet.showModal());
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
    if (event.key.startsWith("Arrow") && event.target.closest?.(TAKES_ARROWS)) return;
    const deed = deedOf(event.key, PLACE);
    if (!deed) return;
    event.preventDefault();
    if (deed.look) deed.look(this.#page.look);
    else if (deed.way) this.#point(deed.way);
    else press(deed.button);
  }

  /** Pinned, so that it stays, and a note can be written at it; and said, for who does not see it. */
  #point(way) {
    const { feed: { description }, look, plot, view } = this.#page;
    if (!view) return;
    const px_ms = (view.range_ms[1] - view.range_ms[0]) / plot.width_px;
    const time_ms = tickBeside(view, look.pinned_ms, way, px_ms);
    look.set({ pinned_ms: time_ms });
    setText(this.#said, time_ms === null ? "" : pointText(description.series, view, time_ms, look.hidden));
  }
}

function press(selector) {
  const button = document.querySelector(selector);
  if (button && !button.disabled && !button.hidden) button.click();
}

function sheet() {
  const rows = rowsOf(DEEDS).map(({ words, keys }) =>
    element("div", "", element("dt", "", ...keys.map((key) => element("kbd", "", key))), element("dd", "", say(words))));
  // Alone to be focused here, it is; told to be, it is complained of in frames of other pages.
  const close = element("button", "button is-main", say("keys.close"));
  const form = element("form", "", element("p", "dialog-buttons", close));
  form.method = "dialog";
  const title = Object.assign(element("h2", "", say("keys.title")), { id: "keys-title" });
  const dialog = Object.assign(element("dialog", "dialog keys-sheet", title, element("dl", "keys", ...rows), form), { id: "keys-sheet" });
  dialog.setAttribute("aria-labelledby", "keys-title");
  return dialog;
}
