import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin";
const { timePlaces, valuePlaces, valueSpace } = await import("../../static/js/axis-steps.js");

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function clockOf(places) {
  return places.map((ms) => new Date(ms).toLocaleString("sv-SE").replace(":00:00", ""));
}

test("values are labelled in ones, twos, two and a halves and fives, no nearer than there is room", () => {
  assert.deepEqual(valuePlaces(0.5, 9.5, 450, 38), { step: 1, places: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
  assert.deepEqual(valuePlaces(0.5, 9.5, 449, 100), { step: 2.5, places: [2.5, 5, 7.5] });
  assert.deepEqual(valuePlaces(-3, 21, 100, 40), { step: 10, places: [0, 10, 20] });
  assert.deepEqual(valuePlaces(-0.35, 0.35, 400, 38).places, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
});

test("a low axis has some labels too, wherever its values are", () => {
  for (const length_px of [40, 60, 100, 150, 400]) {
    for (let share = 1; share < 10; share += 0.3) {
      const { places } = valuePlaces(7.3 * share, 7.3 * share + share, length_px, valueSpace(length_px));
      assert.ok(places.length >= 1 && places.length * 15 <= length_px + 15, `${places} of ${length_px} px`);
    }
  }
});

test("labels are the numbers that they read, however small or large", () => {
  assert.deepEqual(valuePlaces(99.91, 100.34, 400, 38).places, [99.95, 100, 100.05, 100.1, 100.15, 100.2, 100.25, 100.3]);
  assert.deepEqual(valuePlaces(1.9e-9, 6.1e-9, 300, 60).places, [2e-9, 3e-9, 4e-9, 5e-9, 6e-9]);
  assert.deepEqual(valuePlaces(-1e12, 1e12, 200, 60).places, [-1e12, 0, 1e12]);
});

test("there is an end of labels however far values reach, and however near they lie together", () => {
  for (const [min, max] of [[-1.9e308, 1.9e308], [-Infinity, Infinity], [NaN, NaN], [3e40, 4e40]]) {
    assert.deepEqual(valuePlaces(min, max, 400, 38), { step: 0, places: [] });
    assert.deepEqual(timePlaces(min, max, 400, 90).places.length < 2, true);
  }
  assert.deepEqual(valuePlaces(0, 5e-324, 400, 38).places, [0]);
  assert.ok(valuePlaces(1e17, 1e17 + 32, 400, 38).places.length < 20);
  assert.ok(valuePlaces(-1e300, 1e-300, 400, 38).places.length < 20);
});

test("times are labelled at full minutes and hours of the clock", () => {
  const from = Number(new Date(2026, 2, 3, 10, 58, 30));
  const { step, places } = timePlaces(from, from + 4 * MINUTE_MS, 500, 90);

  assert.equal(step, MINUTE_MS);
  assert.deepEqual(places.map((ms) => (ms - from) / 1_000), [30, 90, 150, 210]);
});

test("hours go on by the clock where a day has one more or less", () => {
  for (const [month, day] of [[2, 29], [9, 25]]) {
    const from = Number(new Date(2026, month, day - 1, 20));
    const { places } = timePlaces(from, from + DAY_MS, 500, 90);

    assert.deepEqual(places.map((ms) => new Date(ms).getHours() % 6), places.map(() => 0));
    assert.ok(places.length >= 4);
  }
});

test("days, months and years begin at midnight", () => {
  const from = Number(new Date(2026, 1, 26, 15));

  assert.deepEqual(clockOf(timePlaces(from, from + 4 * DAY_MS, 500, 90).places), ["2026-02-27 00", "2026-02-28 00", "2026-03-01 00", "2026-03-02 00"]);
  assert.deepEqual(clockOf(timePlaces(from, from + 120 * DAY_MS, 500, 90).places), ["2026-03-01 00", "2026-04-01 00", "2026-05-01 00", "2026-06-01 00"]);
  assert.deepEqual(clockOf(timePlaces(from, from + 1_500 * DAY_MS, 500, 90).places), ["2027-01-01 00", "2028-01-01 00", "2029-01-01 00", "2030-01-01 00"]);
});
