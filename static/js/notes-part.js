/** Notes on the page: taken from the wire, listed, drawn, and written by `A` or + and a click. */

import { NoteDialog } from "./note-dialog.js";
import { NoteList } from "./note-list.js";
import { noteMarks } from "./note-marks.js";
import { Notes } from "./notes.js";
import { isEmbed, isKiosk } from "./place.js";
import { credentialsOf } from "./signed-link.js";
import { typesText } from "./typing.js";
import { say } from "./words.js";

const WORDS = {
  pick: say("note.pick"),
  mayNot: say("note.may-not"),
  failed: say("note.failed"),
};

export class NotesPart {
  #page;
  #add = document.querySelector("[data-add-note]");
  #plots = document.querySelector("#plots");
  #dialog = new NoteDialog(document.querySelector("#note-dialog"), (time_ms, text) => this.#write({ time_ms, text }));
  #list;
  #mayWrite;
  #isArmed = false;

  constructor(page) {
    this.#page = page;
    page.notes = page.plot.shared.notes = new Notes();
    page.plot.shared.layers.notes = noteMarks;
    this.#mayWrite = "mayWrite" in page.main.dataset;
    this.#list = new NoteList(document.querySelector("#notes"), {
      show: (note) => this.#show(note),
      remove: this.#mayWrite ? (note) => this.#remove(note) : null,
    });
  }

  start() {
    const { connection, notes, pace } = this.#page;
    const isOurs = ({ chart }) => chart === this.#page.feed.chart;
    connection.receive("snapshot", (frame) => isOurs(frame) && notes.replace(frame.notes_revision, frame.notes));
    connection.receive("backfill", (frame) => isOurs(frame) && (frame.description || !frame.reduced) && this.#compare(frame.notes_revision ?? 0));
    connection.receive("note", (change) => isOurs(change) && !notes.take(change) && this.#fetch());
    notes.addEventListener("change", () => {
      this.#draw();
      pace.now();
    });
    this.#add.addEventListener("click", ({ detail }) => (detail === 0 ? this.#open(this.#pointedAt()) : this.#arm()));
    this.#plots.addEventListener("pick", (event) => this.#onPick(event));
    if (!isEmbed && !isKiosk) document.addEventListener("keydown", (event) => this.#onKey(event));
    this.#draw();
    // What a snapshot brought may have been before this was here.
    this.#fetch();
  }

  #draw() {
    const { notes, view, main } = this.#page;
    main.dataset.notes = notes.list.length;
    this.#list.draw(notes, view?.spacing_ms);
  }

  #onPick(event) {
    if (!this.#isArmed) return;
    event.preventDefault();
    this.#open(event.detail.time_ms);
  }

  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
    if (event.key.toLowerCase() === "a") this.#arm();
    else if (event.key === "Enter" && this.#isArmed) this.#open(this.#pointedAt());
    else if (event.key === "Escape" && this.#isArmed) this.#disarm();
    else return;
    event.preventDefault();
  }

  #arm() {
    if (!this.#mayWrite) {
      this.#page.panel.notice(WORDS.mayNot);
      return;
    }
    if (this.#isArmed) {
      this.#disarm();
      return;
    }
    this.#setArmed(true);
    this.#page.panel.notice(WORDS.pick);
  }

  #disarm() {
    this.#setArmed(false);
    this.#page.panel.notice("");
  }

  #setArmed(isArmed) {
    this.#isArmed = isArmed;
    this.#add.ariaPressed = String(isArmed);
    this.#plots.classList.toggle("is-picking", isArmed);
  }

  /** The time that the crosshair points at, or that of the newest tick. */
  #pointedAt() {
    return this.#page.crosshair.time_ms ?? this.#page.look.bounds_ms[1];
  }

  #open(time_ms) {
    if (!this.#mayWrite) {
      this.#page.panel.notice(WORDS.mayNot);
      return;
    }
    if (this.#isArmed) this.#disarm();
    if (Number.isFinite(time_ms)) this.#dialog.open(time_ms, this.#page.view?.spacing_ms);
  }

  /** Show the note's time: in the view where it is in it, else around it. */
  #show({ time_ms }) {
    const { look } = this.#page;
    const [from, to] = look.range_ms();
    if (time_ms < from || time_ms > to) look.show(time_ms - (to - from) / 2, time_ms + (to - from) / 2);
    look.set({ pinned_ms: time_ms });
  }

  async #write(content) {
    const { connection, feed } = this.#page;
    try {
      const { error = "" } = await connection.request("note", { chart: feed.chart, ...content });
      return error;
    } catch {
      return WORDS.failed;
    }
  }

  async #remove({ id }) {
    const error = await this.#write({ remove: id });
    if (error) this.#page.panel.notice(error);
  }

  #compare(revision) {
    if (revision !== this.#page.notes.revision) this.#fetch();
  }

  async #fetch() {
    const { token } = credentialsOf(location.search);
    const query = token ? `?link=${encodeURIComponent(token)}` : "";
    const answer = await fetch(`/api/charts/${this.#page.feed.chart}/notes${query}`).catch(() => null);
    if (!answer?.ok) return;
    const { revision, notes } = await answer.json();
    if (revision >= this.#page.notes.revision) this.#page.notes.replace(revision, notes);
  }
}
