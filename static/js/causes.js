/** Why no ticks came, as the page has seen it: spells of trouble, to be found again as the causes of gaps. Pure. */

/** A spell that covers less of a gap than this is not its cause. */
const SHARE_MIN = 0.3;
const SPELLS_MAX = 200;
/** Words of the catalogue, by the state of the page. */
const WORDS = {
  stopping: "gap.stopped",
  reconnecting: "gap.away",
  refused: "gap.away",
  failed: "gap.failed",
  ended: "gap.ended",
  stale: "gap.stalled",
};

export class Causes {
  #spells = [];
  #open = null;

  /** The page is in this state now; `now_ms` by the clock that ticks go by. */
  told(state, now_ms) {
    const word = WORDS[state] ?? "";
    if (this.#open) this.#open.to_ms = now_ms;
    if (word === (this.#open?.word ?? "")) return;
    // A server that has said that it stops is away because of that.
    if (this.#open?.word === "gap.stopped" && word === "gap.away") return;
    this.#open = word ? { word, from_ms: now_ms, to_ms: now_ms } : null;
    if (this.#open) this.#spells.push(this.#open);
    if (this.#spells.length > SPELLS_MAX) this.#spells.shift();
  }

  /** The word for why no tick came in a gap, "" when that is not known. */
  of([from_ms, to_ms]) {
    const lengths = this.#spells.map((spell) => Math.min(to_ms, spell.to_ms) - Math.max(from_ms, spell.from_ms));
    const longest = Math.max(0, ...lengths);
    return longest > SHARE_MIN * (to_ms - from_ms) ? this.#spells[lengths.indexOf(longest)].word : "";
  }
}
