/**
 * Draws a series as a path that is broken at gaps and at missing values: a path builder for uPlot.
 *
 * uPlot's own draws straight through NaN in typed arrays, and in a dense column of pixels loses
 * what follows one. Here each column keeps its lowest and its highest value, and a value alone
 * between two gaps is a dot.
 */

/** Of a value alone. */
export const DOT_PX = 1.75;
/** With more points than this for each pixel they are gathered by columns of pixels. */
const DENSE = 2;
const LINE_PX = 1.5;
/** Where every column has a stroke of its own, a thicker line shows no more, and takes five times as long to draw. */
export const DENSE_LINE_PX = 1;

/** Whether so many ticks are gathered by columns of so many px. */
export function isDense(ticks, width_px) {
  return ticks > DENSE * width_px;
}

/**
 * @param {() => number[]} breaksInView - indices before which the line is broken, rising
 * @returns {Function} for `series.paths` of uPlot
 */
export function linePaths(breaksInView) {
  return (u, series, found, last) => {
    const [from, to] = whole(u.data[0], found, last);
    const pen = new Pen(DOT_PX * devicePixelRatio);
    const isGathered = isDense(to - from, u.bbox.width);
    // uPlot strokes what this returns as its series says then.
    u.series[series].width = isGathered ? DENSE_LINE_PX : LINE_PX;
    (isGathered ? drawColumns : drawPoints)(pen, [u.data[0], u.data[series]], [linear(u, "x"), linear(u, "y")], [from, to], breaksInView());
    return { stroke: pen.stroke, fill: pen.dots, clip: null, band: null, gaps: null, flags: 1 };
  };
}

/** Of ticks at one time uPlot finds any; what comes of them is seen when all are drawn. */
function whole(times, from, to) {
  while (times[from - 1] === times[from] && from > 0) from -= 1;
  while (times[to + 1] === times[to] && to < times.length - 1) to += 1;
  return [from, to];
}

function drawPoints(pen, [times, values], [x, y], [from, to], breaks) {
  let next = 0;
  for (let i = from; i <= to; i += 1) {
    while (breaks[next] < i) next += 1;
    if (breaks[next] === i || Number.isNaN(values[i])) pen.lift();
    if (!Number.isNaN(values[i])) pen.to(x.at + times[i] * x.factor, y.at + values[i] * y.factor);
  }
  pen.lift();
}

/**
 * Draw the ticks from one index to another, that included, by columns of px; `x` and `y` are what `linear` returns.
 *
 * Of a hundred thousand points each step counts: all that is asked of most is whether they stand out from their column.
 */
export function drawColumns(pen, [times, values], [x, y], [from, to], breaks) {
  let [next, broken] = [0, breaks[0] ?? Infinity];
  let i = from;
  while (i <= to) {
    while (broken < i) broken = breaks[(next += 1)] ?? Infinity;
    if (broken === i || Number.isNaN(values[i])) pen.lift();
    if (Number.isNaN(values[i])) {
      i += 1;
      continue;
    }
    const column = Math.round(x.at + times[i] * x.factor);
    const until_ms = (column + 0.5 - x.at) / x.factor;
    let low = values[i];
    let [high, last] = [low, low];
    const end = Math.min(to, broken > i ? broken - 1 : (breaks[next + 1] ?? Infinity) - 1);
    for (i += 1; i <= end && times[i] < until_ms; i += 1) {
      const value = values[i];
      if (value !== value) break;
      if (value < low) low = value;
      else if (value > high) high = value;
      last = value;
    }
    pen.column(column, y.at + low * y.factor, y.at + high * y.factor, y.at + last * y.factor);
  }
  pen.lift();
}

/** Two calls of valToPos give the line through all: it is much cheaper than one per point. */
function linear(u, scale) {
  const { min, max } = u.scales[scale];
  const [low, high] = [u.valToPos(min, scale, true), u.valToPos(max, scale, true)];
  const factor = (high - low) / (max - min);
  return { at: low - min * factor, factor };
}

/** Draws on two paths, of lines and of dots. */
export class Pen {
  stroke = new Path2D();
  dots = new Path2D();
  #dot_px;
  #points = 0;
  #x = 0;
  #y = 0;

  constructor(dot_px) {
    this.#dot_px = dot_px;
  }

  /** A column, left at the end that its last value is nearer to. */
  column(x, low, high, last) {
    const isLow = Math.abs(last - low) < Math.abs(last - high);
    if (low !== high) this.to(x, isLow ? high : low);
    this.to(x, isLow ? low : high);
  }

  to(x, y) {
    if (this.#points === 0) this.stroke.moveTo(x, y);
    else this.stroke.lineTo(x, y);
    this.#points += 1;
    this.#x = x;
    this.#y = y;
  }

  /** End the piece of line; a point alone becomes a dot. */
  lift() {
    if (this.#points === 1) {
      this.dots.moveTo(this.#x + this.#dot_px, this.#y);
      this.dots.arc(this.#x, this.#y, this.#dot_px, 0, 2 * Math.PI);
    }
    this.#points = 0;
  }
}
