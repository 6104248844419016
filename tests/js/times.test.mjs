import assert from "node:assert/strict";
import { test } from "node:test";

import { localeOf } from "../../static/js/locale.js";
import { Times } from "../../static/js/times.js";

const DAY_MS = 86_400_000;
const at = (...parts) => new Date(...parts).getTime();
const [british, american, german, japanese] = ["en-GB", "en-US", "en-DE", "ja-JP"].map((locale) => new Times(locale));

test("the page's language, as it is written where the reader is", () => {
  assert.equal(localeOf("en", ["de-DE", "en-US"]), "en-DE");
  assert.equal(localeOf("en", ["de"]), "en-DE");
  assert.equal(localeOf("ja", ["ja"]), "ja-JP");
  assert.equal(localeOf("en", []), "en");
  assert.equal(localeOf("en", ["C"]), "en");
});

test("moments are as fine as the beat", () => {
  const ms = at(2026, 0, 5, 9, 7, 3, 450);

  assert.equal(british.moment(ms, 1000), "09:07:03");
  assert.equal(british.moment(ms, 100), "09:07:03.4");
  assert.equal(british.moment(ms, 50), "09:07:03.45");
  assert.equal(british.moment(ms, 9), "09:07:03.450");
  assert.equal(british.moment(ms, 0.4), "09:07:03.450");
  assert.equal(british.moment(ms, 3_600_000), "5 Jan 2026, 09:07");
  assert.equal(british.moment(ms, DAY_MS), "5 Jan 2026");
  assert.equal(british.moment(NaN), "–");
});

test("a time of another day has its date", () => {
  const ms = at(2026, 0, 5, 9, 7, 3, 450);
  const [same, next] = [at(2026, 0, 5, 23, 59, 59), at(2026, 0, 6)];

  assert.equal(british.dated(ms, 100, same), "09:07:03.4");
  assert.equal(british.dated(ms, 100, next), "5 Jan 2026, 09:07:03");
  assert.equal(japanese.dated(ms, 1000, next), "2026年1月5日 09:07:03");
  assert.equal(british.dated(ms, DAY_MS, next), "5 Jan 2026");
  assert.equal(british.dated(NaN, 0, next), "–");
});

test("12 or 24 hours, comma or point, and the order of a date are of the place", () => {
  const ms = at(2026, 0, 5, 21, 7, 3, 450);

  assert.equal(american.moment(ms, 100).replace(/\s/g, " "), "09:07:03.4 PM");
  assert.equal(german.moment(ms, 100), "21:07:03,4");
  assert.equal(japanese.moment(ms, 100), "21:07:03.4");
  assert.equal(japanese.moment(ms, DAY_MS), "2026年1月5日");
  assert.equal(american.full(ms).replace(/\s/g, " "), "Jan 5, 2026, 09:07:03 PM");
});

test("labels of the time axis are as fine as its steps", () => {
  const label = (time_ms, step_ms) => british.axisLabel(time_ms, step_ms);

  assert.equal(label(at(2026, 0, 5, 9, 7, 30), 30_000), "09:07:30");
  assert.equal(label(at(2026, 0, 5, 9, 8, 0), 30_000), "09:08");
  assert.equal(label(at(2026, 0, 5, 9, 7, 30, 500), 500), "09:07:30.5");
  assert.equal(label(at(2026, 0, 5, 9, 7, 30, 250), 250), "09:07:30.25");
  assert.equal(label(at(2026, 0, 5, 9, 7, 30, 30), 10), "09:07:30.03");
  assert.equal(label(at(2026, 0, 5, 9, 7, 30, 25), 25), "09:07:30.025");
  assert.equal(label(at(2026, 0, 5, 9, 0), 3_600_000), "09:00");
  assert.equal(label(at(2026, 0, 5, 0, 0), 3_600_000), "5 Jan");
  assert.equal(label(at(2026, 3, 1), 30 * DAY_MS), "Apr");
  assert.equal(label(at(2026, 0, 1), 30 * DAY_MS), "2026");
  assert.equal(label(at(2026, 0, 1), 365 * DAY_MS), "2026");
  assert.equal(japanese.axisLabel(at(2026, 0, 5), DAY_MS), "1月5日");
});
