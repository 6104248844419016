/** What is in view as a file: its ticks as CSV, or a picture as PNG. */

import { csvPath, fileName, withoutColumns } from "./csv.js";
import { pictureOf } from "./picture.js";
import { dateAndTime, zone } from "./text.js";
import { seriesDash, theme } from "./theme.js";
import { say } from "./words.js";


export class ExportPart {
  #page;
  #root = document.querySelector("[data-export]");

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#root.querySelector("[data-csv]").addEventListener("click", () => this.#make(() => this.#csv()));
    this.#root.querySelector("[data-png]").addEventListener("click", () => this.#make(() => this.#png()));
    document.addEventListener("click", ({ target }) => { if (!this.#root.contains(target)) this.#root.open = false; });
    this.#root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #onKey(event) {
    if (event.key !== "Escape" || !this.#root.open) return;
    this.#root.open = false;
    this.#root.querySelector("summary").focus();
    event.preventDefault();
  }

  async #make(make) {
    this.#root.open = false;
    try {
      if (this.#page.view) await make();
    } catch (error) {
      this.#page.panel.notice(say("export.failed", { why: error.message }));
    }
  }

  async #csv() {
    const { feed: { chart, description }, look, view } = this.#page;
    const path = csvPath(chart, view.range_ms, location.search);
    const name = fileName(chart, view.range_ms[1], "csv");
    if (look.hidden.size === 0) {
      save(path, name);
      return;
    }
    const answer = await fetch(path);
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? say("status.answer", { n: answer.status }));
    const csv = withoutColumns(await answer.text(), description.series.map((one) => one.name), look.hidden);
    saveBlob(new Blob([csv], { type: "text/csv" }), name);
  }

  async #png() {
    const { feed: { chart, description }, view } = this.#page;
    const colors = theme();
    const picture = pictureOf({ title: description.title, span: spanText(view.range_ms), panes: panesDrawn(), colors });
    const blob = await new Promise((take) => { picture.toBlob(take, "image/png"); });
    if (!blob) throw new Error(say("export.large"));
    saveBlob(blob, fileName(chart, view.range_ms[1], "png"));
  }
}

/** The panes with their legends, as they stand in the page. */
function panesDrawn() {
  return [...document.querySelectorAll(".pane")].filter((pane) => pane.querySelector("canvas")).map((pane) => ({
    canvas: pane.querySelector("canvas"),
    legend: [...pane.querySelectorAll(".pane-label")].map((label) => {
      const line = label.querySelector("line");
      const dash = (line?.getAttribute("stroke-dasharray") ?? "").split(" ").filter(Boolean).map(Number);
      const text = [label, label.nextElementSibling].map((one) => one?.textContent).filter(Boolean).join(" ");
      return { label: text, color: line?.style.stroke ?? "", dash: dash.length ? dash : seriesDash(0) };
    }),
  }));
}

function spanText([from_ms, to_ms]) {
  const span = say("time.range", { from: dateAndTime(from_ms), to: dateAndTime(to_ms) });
  return say("export.span", { span, zone: zone() });
}

function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  save(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function save(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
