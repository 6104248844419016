/** Limits of the chart beside it: which are passed and since when, on the cards, too, and read aloud when that changes. */

import { AlertState } from "./alert-state.js";
import { element, setText } from "./element.js";
import { passedText } from "./limit-text.js";
import { limits } from "./limits.js";
import { listed } from "./status.js";
import { dated } from "./text.js";
import { say } from "./words.js";

/** Read aloud no more often than this. */
const SAID_MS = 10_000;
const SECOND_MS = 1_000;

export class AlertsPart {
  #page;
  #state = new AlertState();
  #list = element("ul", "alert-list");
  #section = element("section", "alerts", element("h2", "", say("alerts.title")), this.#list);
  #said = element("p", "sr-only");
  #saidText = "";
  #said_ms = -Infinity;
  #rows = [];
  #alerts = [];
  #firstCard = null;

  constructor(page) {
    this.#page = page;
    this.#section.hidden = true;
    this.#said.setAttribute("role", "status");
    this.#section.append(this.#said);
  }

  start() {
    document.querySelector("#cards").after(this.#section);
    this.#page.plot.shared.layers.limits = limits;
    this.#page.pace.now();
  }

  /** Also while the view looks back: an alert is of now. */
  told() {
    const { feed: { description, viewer }, main } = this.#page;
    if (!description) return;
    this.#alerts = this.#state.at(description.series, viewer).map((alert) => ({ ...alert, of: description.series[alert.series] }));
    this.#section.hidden = this.#alerts.length === 0;
    main.dataset.alerts = this.#alerts.filter(({ isOver }) => isOver).length;
    this.#rows = rowsFor(this.#alerts.length, this.#rows, this.#list);
    this.#alerts.forEach((alert, i) => this.#write(this.#rows[i], alert));
    this.#mark();
    this.#say();
  }

  /** Cards that were made anew bear what those before them bore. */
  drawn() {
    if (this.#firstCard !== firstCard()) this.#mark();
  }

  #write({ root, parts: [label, level, since] }, { of, limit, isOver, since_ms, isOlder }) {
    const time = dated(since_ms, Math.max(SECOND_MS, this.#page.view?.spacing_ms ?? 0));
    root.dataset.alert = isOver ? limit.severity : "quiet";
    setText(label, [of.label, limit.label].filter(Boolean).join(" "));
    setText(level, passedText(limit));
    setText(since, isOver ? say(isOlder ? "alerts.before" : "alerts.since", { time }) : say("alerts.quiet"));
  }

  #mark() {
    this.#firstCard = firstCard();
    for (const card of document.querySelectorAll("#cards .card")) {
      const over = this.#alerts.filter(({ isOver, of }) => isOver && of.name === card.dataset.series);
      const worst = over.find(({ limit }) => limit.severity === "critical") ?? over[0];
      card.dataset.alert = worst?.limit.severity ?? "";
      setText(card.querySelector(".card-alert"), over.map(({ limit }) => [limit.label, passedText(limit)].filter(Boolean).join(" ")).join("; "));
    }
  }

  #say() {
    const over = this.#alerts.filter(({ isOver }) => isOver).map(({ of, limit }) => say("alerts.over", { label: of.label, limit: passedText(limit) }));
    const text = listed(...over);
    const now_ms = performance.now();
    if (text === this.#saidText || now_ms - this.#said_ms < SAID_MS) return;
    [this.#saidText, this.#said_ms] = [text, now_ms];
    setText(this.#said, text || say("alerts.calm"));
  }
}

function firstCard() {
  return document.querySelector("#cards .card");
}

/** Rows are kept: what is read, or pointed at, stays in its place. */
function rowsFor(count, rows, list) {
  if (rows.length === count) return rows;
  const made = Array.from({ length: count }, () => {
    const parts = ["alert-label", "alert-level", "alert-since"].map((name) => element("span", name));
    return { root: element("li", "alert", element("i", "alert-mark"), ...parts), parts };
  });
  list.replaceChildren(...made.map(({ root }) => root));
  return made;
}
