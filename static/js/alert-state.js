/**
 * Which limits of a chart are passed, and since when. Pure.
 *
 * Judged by the newest value there is of a series; a missing one changes nothing. What is known of the
 * ticks looked at before is kept, so that a long time over a limit is not gone through again and again.
 */

/**
 * @typedef {{above?: number, below?: number, severity: "warning"|"critical", label: string}} Limit
 *
 * @typedef {object} Alert
 * @property {number} series - the index in the description
 * @property {Limit} limit
 * @property {boolean} isOver
 * @property {number} since_ms - of the tick that passed it; NaN when it is not passed
 * @property {boolean} isOlder - it was passed before the oldest tick held
 */

export class AlertState {
  #alerts = [];
  #shape = "";
  #known = { epoch: "", offset: 0 };

  /**
   * @param {{limits?: Limit[]}[]} series
   * @param {import("./viewer.js").Viewer} viewer
   * @returns {Alert[]} in the order of the series and their limits
   */
  at(series, { columns, epoch, offset }) {
    this.#build(series, epoch);
    const news = Math.min(columns.length, offset - this.#known.offset);
    this.#known = { epoch, offset };
    if (news > 0) this.#alerts = this.#alerts.map((alert) => after(alert, columns, columns.length - news));
    return this.#alerts;
  }

  #build(series, epoch) {
    const shape = JSON.stringify(series.map(({ limits }) => limits));
    if (shape === this.#shape && epoch === this.#known.epoch) return;
    this.#shape = shape;
    this.#known = { epoch, offset: 0 };
    this.#alerts = series.flatMap(({ limits = [] }, i) => limits.map((limit) => ({ series: i, limit, ...QUIET })));
  }
}

const QUIET = Object.freeze({ isOver: false, since_ms: NaN, isOlder: false });

/** Whether a value passes a limit: one that only reaches it does not. */
export function isOver(value, { above, below }) {
  return above !== undefined ? value > above : value < below;
}

/** The alert once the ticks from index `from` on are known, too. */
function after(alert, columns, from) {
  if (alert.series >= columns.seriesCount) return alert;
  const values = columns.values(alert.series);
  let first = -1;
  for (let i = values.length - 1; i >= from; i -= 1) {
    if (Number.isNaN(values[i])) continue;
    if (!isOver(values[i], alert.limit)) return first < 0 ? { ...alert, ...QUIET } : since(alert, columns, first, false);
    first = i;
  }
  if (first < 0 || alert.isOver) return alert;
  return since(alert, columns, first, from === 0);
}

function since(alert, { time_ms }, first, isOlder) {
  return { ...alert, isOver: true, since_ms: time_ms[first], isOlder };
}
