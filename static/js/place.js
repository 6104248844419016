/** Where the page stands: by itself, as a kiosk, or in a frame of another page. */

/** On a wall (`?kiosk=1`): it is looked at, and nobody touches it. */
export const isKiosk = new URLSearchParams(location.search).get("kiosk") === "1";
/** The chart without its surroundings (`/<chart>/embed`). */
export const isEmbed = document.body.classList.contains("embed");
export const isFramed = parent !== window;
