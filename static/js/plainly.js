/**
 * Numbers and times as `Intl` writes them, without it, where that takes few words. Pure.
 *
 * The first thing that a browser writes by `Intl` takes it longer than a whole first picture.
 */

/** Parts of a time, for `Intl`. */
export const CLOCK = { hour: "2-digit", minute: "2-digit" };
export const SECONDS = { ...CLOCK, second: "2-digit" };
/** Seconds with one, two and three decimals. */
export const FINE = [1, 2, 3].map((fractionalSecondDigits) => ({ ...SECONDS, fractionalSecondDigits }));
export const DAY = { day: "numeric", month: "short" };

const AMERICAN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const BRITISH = AMERICAN.map((name) => (name === "Sep" ? "Sept" : name));
/** Where a thousand is "1,000.0": how a day is written there, and whether its hours are twice twelve. */
const PLACES = {
  "en-GB": { day: (day, month) => `${day} ${BRITISH[month]}` },
  "en-US": { day: (day, month) => `${AMERICAN[month]} ${day}`, isTwelve: true },
  "ja-JP": { day: (day, month) => `${month + 1}月${day}日` },
};
/** What is rounded must be exact: so large at most, and in the middle only when it has been written in so many digits. */
const EXACT_MAX = 1e14;
const EXACT_DIGITS = 15;

/**
 * Return what writes numbers, with "-" before those below 0; or nothing where `Intl` must.
 *
 * @param {string} locale
 * @returns {undefined|((value: number, digits: number) => string|undefined)} nothing of what is too long for it, too
 */
export function plainNumbers(locale) {
  return PLACES[locale] && number;
}

function number(value, digits) {
  // By the decimals that tell the number from all others, as `Intl` does: 1.005 is more than what it is held as.
  const [decimals, power = 0] = String(Math.abs(value)).split("e");
  const scaled = Number(`${decimals}e${Number(power) + digits}`);
  const isMiddle = scaled % 1 === 0.5 && decimals.length > EXACT_DIGITS + 1;
  if (!(scaled < EXACT_MAX) || isMiddle) return undefined;
  const rounded = Math.round(scaled);
  const text = String(rounded).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && rounded > 0 ? "-" : "";
  return digits ? `${sign}${whole}.${text.slice(-digits)}` : sign + whole;
}

function decimals(at, digits) {
  return `${String(at.getSeconds()).padStart(2, "0")}.${String(at.getMilliseconds()).padStart(3, "0").slice(0, digits)}`;
}

/**
 * Return what writes times, by their parts; of no parts where `Intl` must.
 *
 * @param {string} locale
 * @returns {Map<object, (at: Date) => string>}
 */
export function plainTimes(locale) {
  const place = PLACES[locale];
  if (!place) return new Map();
  const clock = (at, ...finer) => {
    const hours = at.getHours();
    const [hour, half] = place.isTwelve ? [hours % 12 || 12, hours < 12 ? " AM" : " PM"] : [hours, ""];
    return [hour, at.getMinutes(), ...finer].map((part) => String(part).padStart(2, "0")).join(":") + half;
  };
  return new Map([
    [CLOCK, (at) => clock(at)],
    [SECONDS, (at) => clock(at, at.getSeconds())],
    ...FINE.map((parts) => [parts, (at) => clock(at, decimals(at, parts.fractionalSecondDigits))]),
    [DAY, (at) => place.day(at.getDate(), at.getMonth())],
  ]);
}
