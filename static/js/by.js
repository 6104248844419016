/** Who somebody is to others: a name that they gave, or the number that the server knows them by. Pure. */

import { say } from "./words.js";

/** @param {string} by - as the server tells it */
export function byText(by) {
  const [, n] = /^viewer (\d+)$/.exec(by) ?? [];
  return n ? say("by.viewer", { n }) : by || say("by.someone");
}
