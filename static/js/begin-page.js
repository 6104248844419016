/** The page of one chart as it begins: a first picture; and once that has been seen, all of it. */

import { onDemand } from "./demand.js";
import { drawFirstPicture } from "./first-picture.js";
import { painted } from "./painted.js";

const script = document.querySelector("[data-begin]");
/** What others have made is asked for by name: that what needs it comes later must not keep it waiting. */
const { plot, socket } = script.dataset;

function added(tag, properties) {
  const made = Object.assign(document.createElement(tag), properties);
  return new Promise((resolve, reject) => {
    Object.assign(made, { onload: resolve, onerror: reject });
    document.head.append(made);
  });
}

let isWhole = false;

async function whole() {
  // All that is fetched, read and run meanwhile would put the picture off.
  if (drawFirstPicture()) await painted();
  added("link", { rel: "modulepreload", href: socket }).catch(() => {});
  const [{ ChartPage }] = await Promise.all([import("./chart-page.js"), added("script", { src: plot })]);
  new ChartPage().start();
  isWhole = true;
}

const begun = whole();
// As if this script had not come: what is seen to then is seen to here.
begun.catch(() => script.dispatchEvent(new Event("error")));
const later = { fetch: () => begun, isHere: () => isWhole };
onDemand(document, ["click"], { ...later, isWanted: ({ target }) => Boolean(target.closest?.("#more button")) });
onDemand(document, ["keydown"], { ...later, isWanted: ({ ctrlKey, metaKey, altKey }) => !(ctrlKey || metaKey || altKey) });
