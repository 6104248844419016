/**
 * Whether what a viewer holds is what everybody holds: digests of whole blocks, compared with the server's. Pure;
 * the question is passed in.
 */

import { digest } from "./digest.js";

/** Of offsets: whoever began elsewhere has the same blocks. */
export const BLOCK = 100;
const TICKS_MAX = 1_000;

/**
 * @typedef {object} Verdict
 * @property {"same"|"differs"|"unknown"} state
 * @property {number} offset - of the last tick compared
 * @property {string} digest - of the last whole block, for people to compare; "" while none is held
 * @property {number} digestOffset - the end of that block
 */

/**
 * Return which ticks to compare: whole blocks as far as they are held exactly, else the newest ticks.
 *
 * @param {import("./viewer.js").Viewer} viewer
 */
export function comparable({ columns, exactFrom, offset }) {
  const before = offset - (columns.length - exactFrom);
  const end = Math.floor(offset / BLOCK) * BLOCK;
  const blocks = Math.floor((end - before) / BLOCK);
  if (blocks > 0) return { offset: end, ticks: Math.min(TICKS_MAX, blocks * BLOCK) };
  return { offset, ticks: Math.max(0, Math.min(BLOCK, offset - before)) };
}

export function digestOf({ columns, offset: held }, { offset, ticks }) {
  const to = columns.length - (held - offset);
  return digest(columns, offset, to - ticks, to);
}

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {(wanted: {offset: number, ticks: number}) => Promise<object|null>} ask - null when it cannot be told
 * @returns {Promise<Verdict>}
 */
export async function compare(viewer, ask) {
  const wanted = comparable(viewer);
  const { epoch } = viewer;
  const isBlock = wanted.offset % BLOCK === 0 && wanted.ticks >= BLOCK;
  const found = {
    state: "unknown",
    offset: wanted.offset,
    digest: isBlock ? digestOf(viewer, { offset: wanted.offset, ticks: BLOCK }) : "",
    digestOffset: isBlock ? wanted.offset : 0,
  };
  if (wanted.ticks === 0) return found;
  // Before the question: while it is on its way ticks come, and old ones go.
  const ours = digestOf(viewer, wanted);
  const theirs = await ask(wanted);
  if (!theirs || theirs.epoch !== epoch || theirs.offset !== wanted.offset || theirs.ticks !== wanted.ticks) return found;
  return { ...found, state: theirs.digest === ours ? "same" : "differs" };
}
