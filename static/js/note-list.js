/** The notes in the side panel, the newest first: a click shows the time, and who may takes one away. */

import { byText } from "./by.js";
import { element, setText } from "./element.js";
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
  #none = element("li", "note-none", WORDS.empty);
  #items = new Map();

  /** @param {{show: (note: object) => void, remove: ((note: object) => void)|null}} on - `remove` for who may */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
  }

  /** What stays is left where it is, and with it who goes through the list by keys. */
  draw(notes, spacing_ms) {
    const newest = notes.list.slice(-SHOWN_MAX).reverse();
    const before = this.#items;
    this.#items = new Map(newest.map((note) => [identityOf(note), before.get(identityOf(note)) ?? this.#item(note)]));
    newest.forEach((note) => setText(this.#items.get(identityOf(note)).querySelector(".note-who"), whoOf(note, spacing_ms)));
    this.#show(newest.length ? [...this.#items.values()] : [this.#none]);
  }

  #show(items) {
    const at = [...this.#root.children].findIndex((one) => one.contains(document.activeElement));
    for (const one of [...this.#root.children]) if (!items.includes(one)) one.remove();
    items.forEach((item, i) => this.#root.children[i] === item || this.#root.insertBefore(item, this.#root.children[i] ?? null));
    // The one that had the focus is gone: the next is at its place.
    if (at >= 0 && !this.#root.contains(document.activeElement)) {
      items[Math.min(at, items.length - 1)].querySelector(".note-remove")?.focus();
    }
  }

  #item(note) {
    const letter = letterOf(note);
    const show = element("button", "note",
      element("b", "note-letter", letter),
      element("span", "note-text", note.text),
      element("span", "note-who"));
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

/** Numbers begin anew with another history. */
function identityOf({ id, time_ms, text }) {
  return `${id} ${time_ms} ${text}`;
}

function whoOf({ time_ms, by }, spacing_ms) {
  return [moment(time_ms, spacing_ms), byText(by)].filter(Boolean).join(" ");
}
