/** The notes in the side panel, the newest first: a click shows the time, and who may takes one away. */

import { byText } from "./by.js";
import { element } from "./element.js";
import { letterOf } from "./notes.js";
import { moment } from "./text.js";
import { say } from "./words.js";

const WORDS = {
  empty: say("note.empty"),
  remove: (letter) => say("note.remove", { letter }),
  show: (letter) => say("note.show", { letter }),
};
const SHOWN_MAX = 50;

export class NoteList {
  #root;
  #on;

  /** @param {{show: (note: object) => void, remove: ((note: object) => void)|null}} on - `remove` for who may */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
  }

  draw(notes, spacing_ms) {
    const newest = notes.list.slice(-SHOWN_MAX).reverse();
    this.#root.replaceChildren(...newest.map((note) => this.#item(note, spacing_ms)));
    if (newest.length === 0) this.#root.append(element("li", "note-none", WORDS.empty));
  }

  #item(note, spacing_ms) {
    const letter = letterOf(note);
    const show = element("button", "note",
      element("b", "note-letter", letter),
      element("span", "note-text", note.text),
      element("span", "note-who", [moment(note.time_ms, spacing_ms), byText(note.by)].filter(Boolean).join(" ")));
    show.type = "button";
    show.title = WORDS.show(letter);
    show.addEventListener("click", () => this.#on.show(note));
    const item = element("li", "", show);
    if (this.#on.remove) item.append(this.#removal(note, letter));
    return item;
  }

  #removal(note, letter) {
    const remove = element("button", "note-remove", "×");
    remove.type = "button";
    remove.ariaLabel = WORDS.remove(letter);
    remove.addEventListener("click", () => this.#on.remove(note));
    return remove;
  }
}
