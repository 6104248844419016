/**
 * A digest of ticks that every viewer and the server work out alike. Pure.
 *
 * The digest of a tick is 64 bits of its offset, its time and its values; that of a run is the sum
 * of those of its ticks. Missing values are passed by, and -0 counts as 0.
 */

const SEEDS = [0x9e3779b9, 0x85ebca6b];
const HALF = 2 ** 32;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Where the lower half of a double lies. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Return the digest of the ticks from index `from` to before `to`, none left out, as 16 hex digits.
 *
 * @param {import("./columns.js").Columns} columns
 * @param {number} last - the offset of the tick before index `to`
 */
export function digest(columns, last, from = 0, to = columns.length) {
  const times = columns.time_ms;
  const rows = Array.from({ length: columns.seriesCount }, (_, i) => columns.values(i));
  const sums = [0, 0];
  for (let at = from; at < to; at += 1) {
    const offset = last - (to - 1 - at);
    SEEDS.forEach((seed, half) => { sums[half] += tickDigest(seed, offset, times[at], rows, at); });
  }
  return sums.map((sum) => (sum % HALF).toString(16).padStart(8, "0")).join("");
}

function tickDigest(seed, offset, time_ms, rows, at) {
  let state = mix(seed ^ (offset >>> 0));
  state = mix(state ^ Math.floor(offset / HALF));
  state = mixNumber(state, time_ms);
  for (let i = 0; i < rows.length; i += 1) {
    const value = rows[i][at];
    if (!Number.isNaN(value)) state = mixNumber(mix(state ^ (i + 1)), value);
  }
  return state >>> 0;
}

function mixNumber(state, number) {
  // Adding 0 makes 0 of -0.
  double[0] = number + 0;
  return mix(mix(state ^ halves[LOW]) ^ halves[1 - LOW]);
}

/** Spread each bit over all. Source: the finalizer of MurmurHash3, 32 bits. */
function mix(state) {
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}
