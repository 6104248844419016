/**
 * How the page takes its place: its theme, full screen, as a kiosk, in a frame, on paper.
 *
 * A kiosk (`?kiosk=1`) has no controls, hides a pointer that rests with what it points at, and keeps the
 * screen awake where it may. In a frame, the page around it may ask for a theme: `{"chartserver": {"theme": "dark"}}`.
 */

import { element, setText } from "./element.js";
import { isFramed, isKiosk } from "./place.js";
import { nextTheme, themeAsked } from "./theme-choice.js";
import { dateAndTime } from "./text.js";
import { chooseTheme, chosenTheme, putOnPaper } from "./theme.js";
import { say } from "./words.js";

const POINTER_RESTS_MS = 3_000;
const CARRIED = ["lang", "theme", "kiosk"];
const THEMES = { system: "screen.theme-system", light: "screen.theme-light", dark: "screen.theme-dark" };

export class ScreenPart {
  #pace;
  #crosshair;
  #root = document.documentElement;
  #theme = document.querySelector("[data-theme-button]");
  #full = document.querySelector("[data-full-screen]");
  #resting = null;

  constructor({ pace, crosshair }) {
    this.#pace = pace;
    this.#crosshair = crosshair;
  }

  start() {
    this.#theme?.addEventListener("click", () => this.#turnTheme());
    this.#full?.addEventListener("click", () => this.#turnFull());
    document.addEventListener("fullscreenchange", () => this.#say());
    if (this.#full) this.#full.hidden = !document.fullscreenEnabled;
    if (isFramed) addEventListener("message", (event) => this.#onMessage(event));
    if (isKiosk) this.#beKiosk();
    for (const type of ["click", "auxclick"]) document.addEventListener(type, ({ target }) => carry(target.closest?.("a")));
    this.#watchPaper();
    this.#say();
  }

  #turnTheme() {
    const next = nextTheme(chosenTheme());
    const address = new URL(location.href);
    // Else a reload would bring the former back.
    if (address.searchParams.has("theme")) {
      address.searchParams.set("theme", next);
      history.replaceState(null, "", address);
    }
    chooseTheme(next);
    this.#say();
  }

  #turnFull() {
    const turned = document.fullscreenElement ? document.exitFullscreen() : this.#root.requestFullscreen();
    // A browser that does not let us has said why to whoever set it up.
    turned.catch(() => {});
  }

  #say() {
    label(this.#theme, say(THEMES[chosenTheme()]));
    label(this.#full, say(document.fullscreenElement ? "screen.leave" : "screen.full"));
  }

  #onMessage({ source, data }) {
    if (source !== parent) return;
    const wanted = themeAsked(data);
    if (wanted) chooseTheme(wanted, false);
  }

  #beKiosk() {
    this.#root.dataset.resting = "";
    addEventListener("pointermove", () => this.#onPointer());
    this.#stayAwake();
    // The lock is gone whenever the page is hidden.
    document.addEventListener("visibilitychange", () => this.#stayAwake());
  }

  #onPointer() {
    clearTimeout(this.#resting);
    delete this.#root.dataset.resting;
    this.#resting = setTimeout(() => {
      this.#root.dataset.resting = "";
      this.#crosshair.hover(null);
    }, POINTER_RESTS_MS);
  }

  async #stayAwake() {
    if (document.hidden || !navigator.wakeLock) return;
    try {
      await navigator.wakeLock.request("screen");
      this.#root.dataset.awake = "";
    } catch {
      // Such as on a battery that is low: the screen sleeps when it does.
    }
  }

  #watchPaper() {
    const time = document.querySelector(".brand")?.parentElement.appendChild(element("p", "printed"));
    const turn = (isOnPaper) => {
      if (time) setText(time, say("screen.printed", { time: dateAndTime(Date.now()) }));
      putOnPaper(isOnPaper);
      this.#pace.atOnce();
    };
    addEventListener("beforeprint", () => turn(true));
    addEventListener("afterprint", () => turn(false));
    matchMedia("print").addEventListener("change", ({ matches }) => turn(matches));
  }
}

/** A link to another page of ours takes along what the address says of language, theme, kiosk and window, as it is now. */
function carry(link) {
  if (!link || link.origin !== location.origin) return;
  const [url, here] = [new URL(link.href), new URLSearchParams(location.search)];
  // The wall and a chart that is enlarged from it have the window of time in common.
  const names = url.pathname === "/" || link.closest(".tile") ? [...CARRIED, "window"] : CARRIED;
  for (const name of names) if (here.has(name)) url.searchParams.set(name, here.get(name));
  if (url.pathname !== location.pathname) link.href = url.href;
}

function label(button, text) {
  if (!button) return;
  button.ariaLabel = text;
  button.title = text;
}
