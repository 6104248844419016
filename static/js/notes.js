/**
 * The notes of a chart, as all viewers see them. Pure.
 *
 * Each change has the next number; one that does not follow says that some were missed. Event `change`.
 *
 * @typedef {{id: number, time_ms: number, text: string, by: string}} Note
 */

const LETTERS = 26;
const FIRST = "A".charCodeAt(0);

export class Notes extends EventTarget {
  revision = 0;
  /** @type {Note[]} by their ids */
  list = [];

  /** Take all notes anew. */
  replace(revision = 0, list = []) {
    const isSame = revision === this.revision && list.length === this.list.length;
    this.revision = revision;
    this.list = [...list].sort((a, b) => a.id - b.id);
    if (!isSame) this.#changed();
  }

  /**
   * Take a change; return false when some before it were missed, and all have to be asked for.
   *
   * @param {{revision: number, note?: Note, removed?: number}} change
   */
  take({ revision, note, removed }) {
    if (revision <= this.revision) return true;
    if (revision !== this.revision + 1) return false;
    this.revision = revision;
    if (note) this.list.push(note);
    else this.list = this.list.filter(({ id }) => id !== removed);
    this.#changed();
    return true;
  }

  /** The notes at times from `from_ms` to `to_ms`. */
  within([from_ms, to_ms]) {
    return this.list.filter(({ time_ms }) => time_ms >= from_ms && time_ms <= to_ms);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** What a note is marked with, the same for all: A to Z, then AA. */
export function letterOf({ id }) {
  let letters = "";
  for (let n = id; n > 0; n = Math.floor((n - 1) / LETTERS)) letters = String.fromCharCode(FIRST + ((n - 1) % LETTERS)) + letters;
  return letters;
}
