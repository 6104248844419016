/** Which key does what on the page of a chart. Pure: what a key does is an operation of a Look, or a button's. */

/** Of what is in view, how much a press of an arrow moves. */
const STEP = 0.2;
const CLOSER = 0.5;

/**
 * @typedef {object} Deed
 * @property {string[]} keys - as events name them, letters in lower case
 * @property {string} [shown] - on the sheet, where it is not the key itself
 * @property {string} words - the key of its words; rows of the same words are one row of the sheet
 * @property {(look: import("./look.js").Look, key: string) => void} [look]
 * @property {-1|1} [way] - what is pointed at moves to the tick before, or after
 * @property {string} [button] - the selector of the button that does the same
 */

/** @type {Deed[]} What has none of `look`, `way` and `button` is done elsewhere: only the sheet tells of it. */
export const DEEDS = [
  { keys: [" "], shown: "Space", words: "keys.pause" },
  { keys: ["End"], shown: "End", words: "keys.live" },
  { keys: ["ArrowLeft"], shown: "←", words: "keys.pan", look: (look) => look.pan(-step(look)) },
  { keys: ["ArrowRight"], shown: "→", words: "keys.pan", look: (look) => look.pan(step(look)) },
  { keys: ["+", "="], shown: "+", words: "keys.closer", look: (look) => look.zoom(CLOSER) },
  { keys: ["-"], shown: "−", words: "keys.wider", look: (look) => look.zoom(1 / CLOSER) },
  { keys: [","], words: "keys.point", way: -1 },
  { keys: ["."], words: "keys.point", way: 1 },
  ...["1", "2", "3", "4", "5"].map((key) => ({ keys: [key], shown: key, words: "keys.window", button: `#windows button:nth-child(${key})` })),
  { keys: ["c"], words: "keys.candles", look: (look) => look.set({ kind: "candles" }) },
  { keys: ["l"], words: "keys.line", look: (look) => look.set({ kind: "line" }) },
  { keys: ["p"], words: "keys.panels", button: ".panels-choice" },
  { keys: ["a"], words: "keys.note" },
  { keys: ["s"], words: "keys.share", button: "[data-share]" },
  { keys: ["e"], words: "keys.export", button: "[data-csv]" },
  { keys: ["f"], words: "keys.full", button: "[data-full-screen]" },
  { keys: ["t"], words: "keys.theme", button: "[data-theme-button]" },
  { keys: ["?"], words: "keys.help", button: "[data-keys]" },
  { keys: ["Escape"], shown: "Esc", words: "keys.leave" },
];

const IS_FOR = {
  page: () => true,
  embed: ({ look, way, words }) => look || way || words === "keys.window",
  kiosk: ({ words }) => words === "keys.full",
};

/**
 * Return what a key does here, undefined for a key of others.
 *
 * @param {string} key
 * @param {"page"|"embed"|"kiosk"} [place] - the chart without its surroundings has keys for looking alone, a
 *   kiosk one for all of the screen
 */
export function deedOf(key, place = "page") {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return DEEDS.find((deed) => deed.keys.includes(name) && (deed.look || deed.way || deed.button) && IS_FOR[place](deed));
}

/** The rows of the sheet: the keys, and the key of what they do. */
export function rowsOf(deeds) {
  const rows = new Map();
  for (const { keys, shown, words } of deeds) rows.set(words, [...(rows.get(words) ?? []), shown ?? keys[0].toUpperCase()]);
  return [...rows].map(([words, keys]) => ({ words, keys }));
}

function step(look) {
  const [from_ms, to_ms] = look.range_ms();
  return STEP * (to_ms - from_ms);
}
