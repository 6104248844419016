/** Where chips of one height go that must not hide each other. Pure. */

/**
 * Return the middles of the chips: those wanted where there is room, else moved apart by as little as can be.
 *
 * What is wanted and what is given are in the same order and the same unit.
 *
 * @param {number[]} wanted - middles
 * @param {[number, number]} bounds - of the axis: no chip goes beyond
 * @returns {number[]|null} null when there is no room for all
 */
export function apart(wanted, height, [top, bottom]) {
  if (wanted.length * height > bottom - top) return null;
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  // Less their own heights, chips that touch are at one place: what is left is a run that never falls.
  const level = rising(order.map((i, rank) => wanted[i] - rank * height));
  const last = bottom - height / 2 - (wanted.length - 1) * height;
  const places = [];
  order.forEach((i, rank) => {
    places[i] = Math.min(last, Math.max(top + height / 2, level[rank])) + rank * height;
  });
  return places;
}

/** The run that never falls and is nearest to `values`. Source: pool adjacent violators. */
function rising(values) {
  const blocks = [];
  for (const value of values) {
    let block = { sum: value, n: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).n > block.sum / block.n) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, n: before.n + block.n };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, n }) => Array(n).fill(sum / n));
}
