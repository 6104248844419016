/**
 * A bounded run of ticks as columns of doubles. Pure.
 *
 * Each column is a Float64Array of twice the capacity; what is held is a window of it that moves
 * on by one tick and is copied back to the start once per capacity, so that a view costs nothing.
 */
export class Columns {
  #capacity;
  #start = 0;
  #end = 0;
  #dropped = 0;
  #runs = 0;
  #time_ms;
  #rows = [];

  /** @param {number} capacity - the most ticks that are held */
  constructor(capacity) {
    this.#capacity = capacity;
    this.#time_ms = new Float64Array(2 * capacity);
  }

  get length() {
    return this.#end - this.#start;
  }

  get seriesCount() {
    return this.#rows.length;
  }

  /** How many ticks were let go at the front since the last `clear`. */
  get dropped() {
    return this.#dropped;
  }

  /** Which run of ticks this is: another number after each `clear`. */
  get run() {
    return this.#runs;
  }

  /** Times in ms: a view that is good until the next `append`. */
  get time_ms() {
    return this.#time_ms.subarray(this.#start, this.#end);
  }

  /** Values of one series, NaN for missing: a view that is good until the next `append`. */
  values(series) {
    return this.#rows[series].subarray(this.#start, this.#end);
  }

  clear() {
    this.#start = this.#end = this.#dropped = 0;
    this.#rows = [];
    this.#runs += 1;
  }

  /** Have at least `n` series; the ticks held miss the new ones. */
  widen(n) {
    while (this.#rows.length < n) this.#rows.push(new Float64Array(2 * this.#capacity).fill(NaN));
  }

  /**
   * Append ticks; the oldest go when there are too many.
   *
   * @param {ArrayLike<number>} t
   * @param {ArrayLike<number|null>[]} y - a row per series; rows that are not there are missing
   */
  append(t, y) {
    this.widen(y.length);
    const skipped = Math.max(0, t.length - this.#capacity);
    this.#makeRoom(t.length - skipped);
    for (let i = skipped; i < t.length; i += 1, this.#end += 1) {
      this.#time_ms[this.#end] = t[i];
      // Without ?? a null would be stored as 0.
      this.#rows.forEach((row, series) => { row[this.#end] = y[series]?.[i] ?? NaN; });
    }
    const excess = Math.max(0, this.length - this.#capacity);
    this.#start += excess;
    this.#dropped += excess + skipped;
  }

  #makeRoom(n) {
    if (this.#end + n <= 2 * this.#capacity) return;
    const from = Math.max(this.#start, this.#end - this.#capacity);
    for (const column of [this.#time_ms, ...this.#rows]) column.copyWithin(0, from, this.#end);
    this.#dropped += from - this.#start;
    this.#end -= from;
    this.#start = 0;
  }
}
