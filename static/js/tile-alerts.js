/** The limits that a chart on the wall has passed: told and marked on its tile. */

import { AlertState } from "./alert-state.js";
import { setData, setText } from "./element.js";
import { passedText, limitText } from "./limit-text.js";
import { say } from "./words.js";

export class TileAlerts {
  /** @type {{key: string, text: string}[]} what is passed now, the critical first: to be read aloud */
  over = [];
  #root;
  #state = new AlertState();

  constructor(root) {
    this.#root = root;
  }

  /** Also while one points at the past: an alert is of now. */
  draw({ title, series }, viewer) {
    const over = this.#state.at(series, viewer).filter(({ isOver }) => isOver);
    over.sort((a, b) => isCritical(b) - isCritical(a));
    const worst = over.map(({ series: i, limit }) => ({ i, limit, label: series[i].label }));
    setData(this.#root, { alert: worst[0]?.limit.severity ?? "" });
    setText(this.#root.querySelector(".tile-alert"), worst.map(({ limit, label }) => limitText(limit, label)).join("; "));
    this.#root.querySelectorAll("dl div").forEach((row, at) => {
      setData(row, { alert: worst.find(({ i }) => i === at)?.limit.severity ?? "" });
    });
    this.over = worst.map(({ limit, label }) => ({
      key: JSON.stringify([this.#root.dataset.chart, label, limit]),
      text: say("alerts.over", { label: `${title} ${label}`, limit: passedText(limit) }),
    }));
  }
}

function isCritical({ limit }) {
  return limit.severity === "critical";
}
