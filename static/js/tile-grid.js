/** The tiles of a kiosk: all of them on its screen, in as many columns as leave each the most room. */

/** Of a tile that has its room at its best. */
const WIDTH_PER_HEIGHT = 4 / 3;

/**
 * @param {number} count - of tiles
 * @param {{width: number, height: number}} room - of all of them, in px
 * @returns {number} how many stand side by side
 */
export function columnsFor(count, { width, height }) {
  const size = (columns) => Math.min(width / columns / WIDTH_PER_HEIGHT, height / Math.ceil(count / columns));
  let best = 1;
  for (let columns = 2; columns <= count; columns += 1) if (size(columns) > size(best)) best = columns;
  return best;
}

/** Lay them out, now and whenever there are others or the screen has another size. */
export function keepToScreen(main) {
  const lay = () => main.style.setProperty("--columns", columnsFor(main.childElementCount, { width: main.clientWidth, height: main.clientHeight }));
  new ResizeObserver(lay).observe(main);
  new MutationObserver(lay).observe(main, { childList: true });
}
