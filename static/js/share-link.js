/** The address of what is looked at, for others. Pure. */

import { queryOf, withLook } from "./look-url.js";
import { wordOf } from "./span.js";

/** What is of this page alone, and not of the moment. */
const OWN = ["follow", "kiosk", "theme", "lang"];

/**
 * @param {string} href - of this page
 * @param {import("./look.js").Look} look
 * @param {boolean} isExact - exactly this span, also where the view follows the newest tick
 */
export function shareLink(href, look, isExact) {
  const url = new URL(href);
  const parameters = withLook(look, url.searchParams);
  for (const name of OWN) parameters.delete(name);
  if (isExact) {
    look.range_ms().forEach((ms, i) => parameters.set(["from", "to"][i], new Date(Math.round(ms)).toISOString()));
  } else {
    parameters.delete("from");
    parameters.delete("to");
    // Also where nobody chose it: others may have another to begin with.
    parameters.set("window", wordOf(look.span_ms));
  }
  return `${url.origin}${url.pathname}${queryOf(parameters)}`;
}
