/** Shows what one looks at to all who follow by a link: the button, and the banner while it lasts. */

import { copyText } from "./clipboard.js";
import { element } from "./element.js";
import { viewOfLook } from "./presented-view.js";
import { followLink } from "./share-link.js";
import { say } from "./words.js";

const WORDS = {
  presenting: (n) => say("present.on", { n }),
  copy: say("present.copy"),
  copied: say("present.copied"),
  stop: say("present.stop"),
  failed: say("present.failed"),
  refused: (why) => say("present.refused", { why }),
  nameRefused: (why) => say("present.name-refused", { why }),
};
/** Quick enough for the eye; the server takes no more than some messages a second. */
const SEND_EVERY_MS = 200;
/** Who comes late is counted, and the server does not forget us. */
const REFRESH_MS = 5_000;
const NAME_CHARS = 40;
const COPIED_MS = 2_000;

export class PresentPart {
  #page;
  #button = document.querySelector("[data-present]");
  #banner = document.querySelector("[data-presenting]");
  #text = element("span");
  #copy = element("button", "", WORDS.copy);
  /** Of those whom the server believes it. */
  #name = element("input");
  /** The last one that the server took. */
  #known = "";
  /** @type {{name: string, why: string}|null} the one that it did not take, and what it said */
  #refused = null;
  /** Who has it presents under our id, also after a link that was lost: nobody else is told it. */
  #key = randomKey();
  #isOn = false;
  #id = "";
  #timer = null;
  #refresh = null;
  #copied = null;

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
    connection.addEventListener("link", () => this.#later());
    // Those who follow need not wait for a page that is left.
    addEventListener("pagehide", () => this.#isOn && this.#ask(null).catch(() => {}));
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
    this.#copy.disabled = true;
    delete this.#page.main.dataset.presents;
  }

  #later() {
    if (this.#isOn) this.#timer ??= setTimeout(() => this.#send(), SEND_EVERY_MS);
  }

  async #send() {
    this.#timer = null;
    try {
      this.#told(await this.#show());
    } catch {
      this.#text.textContent = WORDS.failed;
    }
  }

  /** Show the view; a name that the server does not take holds nothing up. */
  async #show() {
    const { look, crosshair } = this.#page;
    const view = viewOfLook(look, crosshair);
    const written = this.#name.value.trim();
    if (written !== this.#refused?.name) this.#refused = null;
    const name = this.#refused ? this.#known : written;
    const answer = await this.#ask(view, name);
    if (!answer.error) this.#known = name;
    if (!answer.error || name === this.#known || !this.#isOn) return answer;
    const other = await this.#ask(view, this.#known);
    if (!other.error) this.#refused = { name, why: answer.error };
    return other;
  }

  #told({ error, id, followers }) {
    if (!this.#isOn) return;
    if (error) {
      this.#text.textContent = WORDS.refused(error);
      return;
    }
    this.#id = this.#page.main.dataset.presents = id;
    this.#copy.disabled = false;
    const refused = this.#refused ? WORDS.nameRefused(this.#refused.why) : "";
    this.#text.textContent = [WORDS.presenting(followers), refused].filter(Boolean).join(" ");
    // Where there is no room for all of it.
    this.#text.title = refused;
    this.#name.ariaInvalid = String(Boolean(refused));
  }

  #ask(view, by = "") {
    const { connection, feed } = this.#page;
    return connection.request("present", { chart: feed.chart, view, by, key: this.#key });
  }

  async #copyLink() {
    if (!(await copyText(followLink(location.href, this.#id)))) return;
    this.#copy.textContent = WORDS.copied;
    clearTimeout(this.#copied);
    this.#copied = setTimeout(() => { this.#copy.textContent = WORDS.copy; }, COPIED_MS);
  }
}

function randomKey() {
  // `randomUUID` is there only on pages that came over HTTPS, or from this machine.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
