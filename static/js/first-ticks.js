/**
 * The ticks that the page begins with, and what they are of: it brings them along, so that nothing has to be asked for.
 *
 * Where there are none, or too few for a wide window, those of the link have to do.
 */

const ENOUGH = "(max-width: 1700px)";

function brought() {
  const [description, frame] = ["[data-description]", "[data-first]"].map((name) => JSON.parse(document.querySelector(name)?.textContent ?? null));
  return frame && matchMedia(ENOUGH).matches && frame.epoch === description.epoch ? { ...frame, description } : null;
}

/** A snapshot as the link has it, or null. */
export const first = brought();
