/** When what was just drawn has been painted. */

/** While nobody can see the page nothing is painted; and a browser may be late. */
const LATEST_MS = 200;

/** Fulfilled after the frame that begins next, or soon where there is none. */
export function painted() {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    setTimeout(resolve, LATEST_MS);
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
}
