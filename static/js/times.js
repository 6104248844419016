/** Dates and times as they are written where the reader is, in the time zone of the browser. Pure. */

import { CLOCK, DAY, FINE, SECONDS, plainTimes } from "./plainly.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 86_400_000;
/** Ticks so far apart are told with their date, and without seconds. */
export const DATED_MS = 30 * MINUTE_MS;
const DATE = { day: "numeric", month: "short", year: "numeric" };
const MONTH = { month: "short" };
const YEAR = { year: "numeric" };
const FULL = { ...DATE, ...SECONDS };

export class Times {
  #locale;
  #plain;
  /** By what is written: to make one takes as long as to write a hundred. */
  #formats = new Map();

  /** @param {string} locale */
  constructor(locale) {
    this.#locale = locale;
    this.#plain = plainTimes(locale);
  }

  /** A tick's time: of the day, or the date too when the beat is `spacing_ms` of hours and days. */
  moment(time_ms, spacing_ms = 0) {
    if (!Number.isFinite(time_ms)) return "–";
    if (spacing_ms >= DAY_MS / 2) return this.#write(time_ms, DATE);
    if (spacing_ms >= DATED_MS) return this.#write(time_ms, { ...DATE, ...CLOCK });
    return this.#write(time_ms, spacing_ms > 0 && spacing_ms < SECOND_MS ? fine((unit_ms) => spacing_ms >= unit_ms) : SECONDS);
  }

  /** A tick's time, with its date where that is not the day of `now_ms`. */
  dated(time_ms, spacing_ms, now_ms) {
    const isToday = new Date(time_ms).toDateString() === new Date(now_ms).toDateString();
    const hasDate = spacing_ms >= DATED_MS || !Number.isFinite(time_ms);
    return isToday || hasDate ? this.moment(time_ms, spacing_ms) : this.full(time_ms);
  }

  /** The date and the time. */
  full(time_ms) {
    return this.#write(time_ms, FULL);
  }

  /** A label of the time axis whose labels are `step_ms` apart. */
  axisLabel(time_ms, step_ms) {
    return this.#write(time_ms, axisParts(new Date(time_ms), step_ms));
  }

  #write(time_ms, parts) {
    const plain = this.#plain.get(parts);
    if (plain) return plain(new Date(time_ms));
    const key = Object.entries(parts).join();
    let format = this.#formats.get(key);
    if (!format) this.#formats.set(key, (format = new Intl.DateTimeFormat(this.#locale, parts)));
    return format.format(time_ms);
  }
}

/** Parts with as few decimals as will do: `isEnough` is asked for tenths, hundredths, thousandths in ms. */
function fine(isEnough) {
  return FINE.find((_, i) => isEnough(100 / 10 ** i)) ?? FINE.at(-1);
}

/** What changes from label to label. */
function axisParts(at, step_ms) {
  if (step_ms >= 300 * DAY_MS) return YEAR;
  if (step_ms >= 27 * DAY_MS) return at.getMonth() === 0 ? YEAR : MONTH;
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
  if (step_ms >= DAY_MS || (isMidnight && step_ms >= MINUTE_MS)) return DAY;
  if (step_ms < SECOND_MS) return fine((unit_ms) => step_ms % unit_ms === 0);
  return step_ms >= MINUTE_MS || at.getSeconds() === 0 ? CLOCK : SECONDS;
}
