/** All that a server has of a chart, coarsely: what it told once, and the live ticks since. Pure. */

import { indexAfter } from "./window.js";

export class Overview {
  #told = null;

  /** Whether the server has what neither it nor the viewer holds. */
  isNeeded({ columns, exactFrom, offset, epoch }) {
    const isAll = exactFrom === 0 && columns.length === offset;
    return columns.length > 0 && !isAll && this.#told?.epoch !== epoch;
  }

  /** @param {import("./frame.js").Frame} frame - of all ticks, reduced */
  keep({ epoch, t, y }, viewer) {
    if (epoch !== viewer.epoch) return;
    this.#told = { epoch, t: Float64Array.from(t), y: y.map((row) => Float64Array.from(row, (value) => value ?? NaN)) };
  }

  /** The oldest time of all, NaN when that is not known yet. */
  oldest_ms(viewer) {
    const told = this.#of(viewer);
    const held_ms = viewer.columns.length ? viewer.columns.time_ms[0] : NaN;
    if (told) return told.t.length ? Math.min(told.t[0], held_ms) : held_ms;
    return this.isNeeded(viewer) ? NaN : held_ms;
  }

  /** Times and values of one series: views that are good until the next tick, or copies. */
  columns(viewer, i) {
    const told = this.#of(viewer);
    const { columns } = viewer;
    const held = i < columns.seriesCount ? columns.values(i) : new Float64Array(columns.length).fill(NaN);
    if (!told?.t.length) return { times: columns.time_ms, values: held };
    const from = indexAfter(columns.time_ms, told.t[told.t.length - 1]);
    return {
      times: joined(told.t, columns.time_ms.subarray(from)),
      values: joined(told.y[i] ?? new Float64Array(told.t.length).fill(NaN), held.subarray(from)),
    };
  }

  #of({ epoch }) {
    return this.#told?.epoch === epoch ? this.#told : null;
  }
}

function joined(a, b) {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
