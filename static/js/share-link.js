/** The address of what is looked at, for others. Pure. */

import { queryOf, rangeOf, withLook } from "./look-url.js";
import { wordOf } from "./span.js";

/** What is of this page alone, and not of the moment. */
const OWN = ["follow", "kiosk", "theme", "lang"];

/**
 * @param {string} href - of this page
 * @param {import("./look.js").Look} look
 * @param {[number, number]|null} range_ms - exactly this span, also where the view follows the newest tick
 */
export function shareLink(href, look, range_ms = null) {
  const url = new URL(href);
  const parameters = ownless(withLook(look, url.searchParams));
  if (range_ms) {
    for (const [name, time] of Object.entries(rangeOf(range_ms))) parameters.set(name, time);
  } else {
    parameters.delete("from");
    parameters.delete("to");
    // Also where nobody chose it: others may have another to begin with.
    parameters.set("window", wordOf(look.span_ms));
  }
  return `${url.origin}${url.pathname}${queryOf(parameters)}`;
}

/**
 * The address to follow somebody by.
 *
 * @param {string} href - of the page that presents
 * @param {string} id - under which it does
 */
export function followLink(href, id) {
  const url = new URL(href);
  const parameters = ownless(url.searchParams);
  parameters.set("follow", id);
  return `${url.origin}${url.pathname}${queryOf(parameters)}`;
}

function ownless(parameters) {
  const others = new URLSearchParams(parameters);
  for (const name of OWN) others.delete(name);
  return others;
}
