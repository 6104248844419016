import assert from "node:assert/strict";
import { test } from "node:test";

import { CLOCK, DAY, FINE, SECONDS, plainNumbers, plainTimes } from "../../static/js/plainly.js";

const PLACES = ["en-GB", "en-US", "ja-JP"];
const HOUR_MS = 3_600_000;

/** Numbers from -1 to 1, the same in every run. */
function* randoms(count) {
  for (let i = 0, state = 1; i < count; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

test("numbers are written as Intl writes them", () => {
  const known = [0, -0, 1.005, -1.005, 0.5, 1.5, 2.5, 0.125, -0.001, 999.995, 999_999.99, 1e-7, -4e-9, 1e-300, 123_456.789];
  const sizes = [1e-9, 1e-4, 0.1, 10, 2_000, 1e6];
  const values = [...known, ...[...randoms(3_000)].flatMap((n) => sizes.map((size) => n * size))];
  // As prices are: half of the last decimal is what is rounded.
  for (const n of randoms(3_000)) values.push(Math.round(n * 1e6) / 1e3 + 0.0005);

  for (const locale of PLACES) {
    for (let digits = 0; digits <= 8; digits += 1) {
      const format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" });
      const write = plainNumbers(locale);
      const left = values.filter((value) => {
        const text = write(value, digits);
        if (text !== undefined) assert.equal(text, format.format(value), `${value} with ${digits}`);
        return text === undefined;
      });
      // One of a thousand seems to be in the middle of two, when it is not.
      assert.ok(left.length < values.length / 1_000, `${left}`);
    }
  }
});

test("what is too long to be exact is left to Intl", () => {
  const write = plainNumbers("en-US");

  assert.equal(write(999_999, 7), "999,999.0000000");
  assert.equal(write(999_999, 9), undefined);
  assert.equal(write(1e300, 0), undefined);
  assert.equal(write(241.93449999999999, 3), undefined);
});

test("times are written as Intl writes them", () => {
  const beginnings = Array.from({ length: 12 }, (_, month) => new Date(2026, month, 1, 0, 0, 0).getTime());
  const times_ms = beginnings.flatMap((from_ms) => Array.from({ length: 49 }, (_, i) => from_ms + i * (HOUR_MS + 61_157)));

  for (const locale of PLACES) {
    for (const [parts, write] of plainTimes(locale)) {
      const format = new Intl.DateTimeFormat(locale, parts);
      for (const time_ms of times_ms) assert.equal(write(new Date(time_ms)), format.format(time_ms));
    }
    assert.deepEqual([...plainTimes(locale).keys()], [CLOCK, SECONDS, ...FINE, DAY]);
  }
});

test("all other places are left to Intl", () => {
  for (const locale of ["en-DE", "en-IN", "en", "ja", "ar-EG"]) {
    assert.equal(plainNumbers(locale), undefined);
    assert.equal(plainTimes(locale).size, 0);
  }
});
