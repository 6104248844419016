/**
 * The words of the page in its language, which is that of `<html lang>`. Knows no element.
 *
 * The catalogues hold a text for each key, or one for each plural form of `n`; `{name}` in a text stands
 * for the value of that name, and numbers are written as the reader's place writes them.
 */

import { localeOf } from "./locale.js";
import { WORDS as ENGLISH } from "./words-en.js";

/** Under Node there is no page: English, British. */
const LANGUAGE = globalThis.document?.documentElement.lang === "ja" ? "ja" : "en";
const CATALOGUE = LANGUAGE === "ja" ? (await import("./words-ja.js")).WORDS : ENGLISH;

/** For `Intl`. */
export const locale = localeOf(LANGUAGE, globalThis.document ? navigator.languages : ["en-GB"]);
export const say = sayer(CATALOGUE, locale);

/**
 * Return what says the text of a key: `say("live.behind", { time: "41 s", n: 82 })`.
 *
 * @param {Object<string, string|Object<string, string>>} catalogue
 * @param {string} lang
 * @returns {(key: string, values?: object) => string}
 */
export function sayer(catalogue, lang) {
  // Made when they are needed: that takes long.
  let plurals, numbers;
  const formOf = (n) => (plurals ??= new Intl.PluralRules(lang)).select(n);
  const numberOf = (value) => (numbers ??= new Intl.NumberFormat(lang)).format(value);
  const written = (value) => (typeof value === "number" ? numberOf(value) : String(value));
  return (key, values = {}) => {
    const found = catalogue[key];
    if (found === undefined) throw new Error(`no words for ${key}`);
    const text = typeof found === "string" ? found : found[formOf(values.n)] ?? found.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => written(values[name]));
  };
}
