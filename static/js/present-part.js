/** Shows what one looks at to all who follow by a link: the button, and the banner while it lasts. */

import { copyText } from "./clipboard.js";
import { element } from "./element.js";
import { viewOfLook } from "./presented-view.js";
import { say } from "./words.js";

const WORDS = {
  presenting: (n) => say("present.on", { n }),
  copy: say("present.copy"),
  copied: say("present.copied"),
  stop: say("present.stop"),
  failed: say("present.failed"),
};
/** Quick enough for the eye; the server takes no more than some messages a second. */
const SEND_EVERY_MS = 200;
/** Who comes late is counted, and the server does not forget us. */
const REFRESH_MS = 5_000;
const NAME_CHARS = 40;

export class PresentPart {
  #page;
  #button = document.querySelector("[data-present]");
  #banner = document.querySelector("[data-presenting]");
  #text = element("span");
  #copy = element("button", "", WORDS.copy);
  /** Of those whom the server believes it. */
  #name = element("input");
  #isOn = false;
  #id = "";
  #timer = null;
  #refresh = null;

  constructor(page) {
    this.#page = page;
    const stop = element("button", "", WORDS.stop);
    stop.type = this.#copy.type = "button";
    stop.addEventListener("click", () => this.#stop());
    this.#copy.addEventListener("click", () => this.#copyLink());
    this.#banner.append(this.#text, this.#copy, stop);
    if ("mayWrite" in page.main.dataset) this.#copy.before(this.#name);
    Object.assign(this.#name, { type: "text", maxLength: NAME_CHARS, placeholder: say("present.name"), ariaLabel: say("present.name"), autocomplete: "name" });
    this.#name.addEventListener("change", () => this.#later());
  }

  start() {
    const { look, crosshair, connection } = this.#page;
    this.#button.addEventListener("click", () => (this.#isOn ? this.#stop() : this.#begin()));
    look.addEventListener("change", () => this.#later());
    crosshair.addEventListener("change", () => this.#later());
    connection.addEventListener("link", () => connection.link.state === "connected" && this.#later());
  }

  #begin() {
    this.#setOn(true);
    this.#send();
    this.#refresh = setInterval(() => this.#later(), REFRESH_MS);
  }

  #stop() {
    this.#setOn(false);
    clearTimeout(this.#timer);
    clearInterval(this.#refresh);
    this.#timer = null;
    this.#ask(null).catch(() => {});
  }

  #setOn(isOn) {
    this.#isOn = isOn;
    this.#banner.hidden = !isOn;
    this.#button.ariaPressed = String(isOn);
    this.#copy.textContent = WORDS.copy;
    delete this.#page.main.dataset.presents;
  }

  #later() {
    if (this.#isOn) this.#timer ??= setTimeout(() => this.#send(), SEND_EVERY_MS);
  }

  async #send() {
    this.#timer = null;
    try {
      const { look, crosshair, main } = this.#page;
      const answer = await this.#ask(viewOfLook(look, crosshair));
      if (!this.#isOn) return;
      if (answer.error) throw new Error(answer.error);
      this.#id = main.dataset.presents = answer.id;
      this.#text.textContent = WORDS.presenting(answer.followers);
    } catch {
      this.#text.textContent = WORDS.failed;
    }
  }

  #ask(view) {
    const { connection, feed } = this.#page;
    return connection.request("present", { chart: feed.chart, view, by: this.#name.value.trim() });
  }

  async #copyLink() {
    const url = new URL(location.href);
    url.searchParams.set("follow", this.#id);
    if (await copyText(url.href)) this.#copy.textContent = WORDS.copied;
  }
}
