import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { WORDS as ENGLISH } from "../../static/js/words-en.js";
import { WORDS as JAPANESE } from "../../static/js/words-ja.js";
import { say, sayer } from "../../static/js/words.js";

const root = new URL("../../", import.meta.url);
const values = (text) => [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const valuesOf = (catalogue) => Object.fromEntries(
  Object.entries(catalogue).map(([key, text]) => [key, [...new Set(values(text))]]));

function sources() {
  return [["static/js/", ".js"], ["templates/", ".html"], ["chartserver/web/", ".py"]].flatMap(([folder, end]) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith(end) && !name.startsWith("words-"))
      .map((name) => readFileSync(new URL(folder + name, root), "utf8")));
}

test("both languages have the same keys, with the same values in them", () => {
  assert.deepEqual(valuesOf(JAPANESE), valuesOf(ENGLISH));
});

test("each plural form that a language knows has a text", () => {
  for (const [lang, catalogue] of [["en", ENGLISH], ["ja", JAPANESE]]) {
    const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories.toSorted();
    for (const [key, text] of Object.entries(catalogue)) {
      if (typeof text !== "string") assert.deepEqual(Object.keys(text).toSorted(), forms, `${lang} ${key}`);
    }
  }
});

test("nothing is left untranslated", () => {
  const same = Object.keys(ENGLISH).filter((key) => ENGLISH[key] === JAPANESE[key]);

  assert.deepEqual(same, []);
});

test("each key is used, and each that is used is there", () => {
  const text = sources().join("\n");
  const used = new Set([...text.matchAll(/["'`]([a-z-]+\.[a-z-]+)["'`]/g)].map(([, key]) => key));
  // Of states and windows the last part comes from elsewhere.
  const unused = Object.keys(ENGLISH).filter((key) => !used.has(key) && !key.startsWith("state."));
  const said = [...text.matchAll(/\bsay\(\s*["']([a-z-]+\.[a-z-]+)["']\s*[,)]/g)].map(([, key]) => key);

  assert.deepEqual(unused, []);
  assert.deepEqual(said.filter((key) => !(key in ENGLISH)), []);
});

test("a text takes values, and the plural form of their number", () => {
  assert.equal(say("present.on", { n: 1 }), "You present to 1 viewer.");
  assert.equal(say("present.on", { n: 1234 }), "You present to 1,234 viewers.");
  assert.equal(sayer(JAPANESE, "ja")("present.on", { n: 1 }), "1 人に発表中です。");
});

test("a key without words is an error", () => {
  assert.throws(() => say("no.such"), /no words for no\.such/);
});
