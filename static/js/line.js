/**
 * Draws a series as a path that is broken at gaps and at missing values: a path builder for uPlot.
 *
 * uPlot's own draws straight through NaN in typed arrays, and in a dense column of pixels loses
 * what follows one. Here each column keeps its first, lowest, highest and last value, and a value
 * alone between two gaps is a dot.
 */

const DOT_PX = 1.75;
/** With more points than this for each pixel they are gathered by columns of pixels. */
const DENSE = 2;

/**
 * @param {() => number[]} breaksInView - indices before which the line is broken, rising
 * @returns {Function} for `series.paths` of uPlot
 */
export function linePaths(breaksInView) {
  return (u, series, from, to) => {
    const [stroke, dots] = [new Path2D(), new Path2D()];
    const [times, values] = [u.data[0], u.data[series]];
    const isDense = to - from > DENSE * u.bbox.width;
    const pen = new Pen(stroke, dots, isDense, DOT_PX * devicePixelRatio);
    const x = linear(u, "x");
    const y = linear(u, "y");
    const broken = breaksInView();
    let next = 0;
    for (let i = from; i <= to; i += 1) {
      while (broken[next] < i) next += 1;
      if (broken[next] === i || Number.isNaN(values[i])) pen.lift();
      if (!Number.isNaN(values[i])) pen.to(x(times[i]), y(values[i]));
    }
    pen.lift();
    return { stroke, fill: dots, clip: null, band: null, gaps: null, flags: 1 };
  };
}

/** Two calls of valToPos give the line through all: it is much cheaper than one per point. */
function linear(u, scale) {
  const { min, max } = u.scales[scale];
  const [low, high] = [u.valToPos(min, scale, true), u.valToPos(max, scale, true)];
  const factor = (high - low) / (max - min);
  return (value) => low + (value - min) * factor;
}

class Pen {
  #path;
  #dots;
  #isDense;
  #dot_px;
  #points = 0;
  #last = [0, 0];
  #column = null;

  constructor(path, dots, isDense, dot_px) {
    this.#path = path;
    this.#dots = dots;
    this.#isDense = isDense;
    this.#dot_px = dot_px;
  }

  to(x, y) {
    if (!this.#isDense) {
      this.#draw(x, y);
      return;
    }
    const column = Math.round(x);
    if (this.#column?.x !== column) {
      this.#flush();
      this.#column = { x: column, low: y, high: y, last: y };
      this.#draw(column, y);
      return;
    }
    this.#column.low = Math.min(this.#column.low, y);
    this.#column.high = Math.max(this.#column.high, y);
    this.#column.last = y;
  }

  /** End the piece of line; a point alone becomes a dot. */
  lift() {
    this.#flush();
    if (this.#points === 1) {
      const [x, y] = this.#last;
      this.#dots.moveTo(x + this.#dot_px, y);
      this.#dots.arc(x, y, this.#dot_px, 0, 2 * Math.PI);
    }
    this.#points = 0;
  }

  #flush() {
    if (this.#column) {
      const { x, low, high, last } = this.#column;
      for (const y of [low, high, last]) if (y !== this.#last[1]) this.#draw(x, y);
    }
    this.#column = null;
  }

  #draw(x, y) {
    if (this.#points === 0) this.#path.moveTo(x, y);
    else this.#path.lineTo(x, y);
    this.#points += 1;
    this.#last = [x, y];
  }
}
