/** Where the labels of an axis stand: where uPlot puts them. Pure. */

/** How far labels of values are apart at least: so far where there is room, and in low panes so that there are some. */
const VALUE_SPACE_PX = 38;
const VALUE_SPACE_LEAST_PX = 15;
const VALUES_LEAST = 4;
const FACTORS = [[1, 0], [2, 0], [2.5, 1], [5, 0]];
/** Of ten: what is further apart or nearer together has no labels. */
const POWERS = [-32, 31];
const NONE = { step: 0, places: [] };
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;
const YEAR_MS = 365 * DAY_MS;
const times = (unit_ms, ...counts) => counts.map((count) => count * unit_ms);
const TIME_STEPS = [
  ...times(1, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500),
  ...times(SECOND_MS, 1, 5, 10, 15, 30),
  ...times(MINUTE_MS, 1, 5, 10, 15, 30),
  ...times(HOUR_MS, 1, 2, 3, 4, 6, 8, 12),
  ...times(DAY_MS, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15),
  ...times(MONTH_MS, 1, 2, 3, 4, 6),
  ...times(YEAR_MS, 1, 2, 5, 10, 25, 50, 100),
];

/** Return how far the labels of an axis of values of that length are to be apart at least. */
export function valueSpace(length_px) {
  return Math.max(VALUE_SPACE_LEAST_PX, Math.min(VALUE_SPACE_PX, length_px / VALUES_LEAST));
}

/**
 * Return how far labels are apart, and where they stand: no nearer than `space_px` on an axis of `length_px`.
 *
 * @param {number} min
 * @param {number} max
 * @returns {{step: number, places: number[]}}
 */
export function valuePlaces(min, max, length_px, space_px) {
  const least = (space_px * (max - min)) / length_px;
  for (let power = Math.max(POWERS[0], Math.floor(Math.log10(least))); power <= POWERS[1]; power += 1) {
    for (const [factor, decimals] of FACTORS) {
      const step = Number(`${factor}e${power}`);
      if (step >= least) return { step, places: multiples(step, min, max, Math.max(0, decimals - power)) };
    }
  }
  return NONE;
}

function multiples(step, min, max, digits) {
  const [first, scale] = [Math.ceil(min / step), 10 ** digits];
  // Where numbers are further apart than steps are, to count on from the first would never end.
  const most = Math.floor((max - min) / step) + 1;
  const all = Array.from({ length: most }, (_, i) => (first + i) * step);
  return all.filter((place) => place <= max).map((place) => Math.round(place * scale) / scale || 0);
}

/** The same of times in ms: full seconds, hours, days, months where the browser is. */
export function timePlaces(min, max, length_px, space_px) {
  const least = (space_px * (max - min)) / length_px;
  const step = TIME_STEPS.find((one) => one >= least);
  if (!step) return NONE;
  const placeOf = step >= MONTH_MS ? ofCalendar(min, step) : step > HOUR_MS ? ofDay(min, step) : ofClock(min, step);
  const places = [];
  for (let i = 0; placeOf(i) <= max; i += 1) if (placeOf(i) >= min) places.push(placeOf(i));
  return { step, places };
}

function ofClock(min, step) {
  const midnight = startOfDay(new Date(min));
  const from = midnight + Math.ceil((min - midnight) / step) * step;
  return (i) => from + i * step;
}

/** By the hours that a clock shows: a day may have one more or less. */
function ofDay(min, step) {
  const at = new Date(min);
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  const hours = step / HOUR_MS;
  const first = Math.ceil((min - startOfDay(at)) / Math.min(step, DAY_MS)) * Math.min(hours, 24);
  return (i) => Number(new Date(year, month, day, first + i * hours));
}

function ofCalendar(min, step) {
  const at = new Date(min);
  const months = step < YEAR_MS ? step / MONTH_MS : (12 * step) / YEAR_MS;
  return (i) => Number(new Date(at.getFullYear(), (step < YEAR_MS ? at.getMonth() : 0) + i * months, 1));
}

function startOfDay(at) {
  return Number(new Date(at.getFullYear(), at.getMonth(), at.getDate()));
}
