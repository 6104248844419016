/** The first picture of a chart: the ticks that came along with the page, drawn before anything else is there. */

import { Crosshair } from "./crosshair.js";
import { first } from "./first-ticks.js";
import { Look } from "./look.js";
import { lookOf } from "./look-url.js";
import { Plot } from "./plot.js";
import { Sketch } from "./sketch.js";
import { reach, viewOf } from "./view.js";
import { Viewer } from "./viewer.js";

/** Return whether it is drawn: what is not drawn from these ticks alone has none. */
export function drawFirstPicture() {
  const look = new Look();
  look.restore(lookOf(new URLSearchParams(location.search)));
  if (!first || !look.isFollowing || look.kind !== "line") return false;
  const { description } = first;
  const viewer = new Viewer(first.t.length);
  viewer.take("snapshot", first);
  reach(look, viewer, description);
  const plot = new Plot(document.querySelector("#plots"), { look, crosshair: new Crosshair(), layers: {}, Plotter: Sketch });
  const view = viewOf(viewer, description, look, { width_px: plot.width_px });
  if (view.past_ms) return false;
  plot.draw(description, view);
  document.querySelector("[data-empty]").hidden = true;
  document.querySelector("#chart").dataset.pictured = first.offset;
  return true;
}
