import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertState, isOver } from "../../static/js/alert-state.js";
import { withLimits } from "../../static/js/extent.js";
import { Columns } from "../../static/js/columns.js";

const ABOVE = { above: 10, severity: "warning", label: "" };
const SERIES = [{ limits: [ABOVE] }];

class Held {
  columns = new Columns(4);
  epoch = "a";
  offset = 0;

  add(...values) {
    this.columns.append(values.map((_, i) => 1000 * (this.offset + i + 1)), [values]);
    this.offset += values.length;
    return this;
  }
}

test("a limit is passed, not reached", () => {
  assert.ok(isOver(10.1, { above: 10 }));
  assert.ok(!isOver(10, { above: 10 }));
  assert.ok(isOver(9, { below: 10 }));
  assert.ok(!isOver(NaN, { below: 10 }));
});

test("it is told since when a limit is passed, and when it is no more", () => {
  const [state, held] = [new AlertState(), new Held().add(5, 12, 13)];

  assert.deepEqual(state.at(SERIES, held), [{ series: 0, limit: ABOVE, isOver: true, since_ms: 2000, isOlder: false }]);
  assert.equal(state.at(SERIES, held.add(9))[0].isOver, false);
  assert.equal(state.at(SERIES, held.add(11))[0].since_ms, 5000);
});

test("the time stays while ticks come and go", () => {
  const [state, held] = [new AlertState(), new Held().add(5, 12)];
  state.at(SERIES, held);

  for (let i = 0; i < 9; i += 1) state.at(SERIES, held.add(13));

  assert.equal(state.at(SERIES, held)[0].since_ms, 2000);
});

test("a missing value changes nothing", () => {
  const [state, held] = [new AlertState(), new Held().add(5, 12)];
  state.at(SERIES, held);

  assert.equal(state.at(SERIES, held.add(NaN))[0].since_ms, 2000);
});

test("what was passed before the oldest tick held is older", () => {
  const [alert] = new AlertState().at(SERIES, new Held().add(12, 13));

  assert.deepEqual([alert.since_ms, alert.isOlder], [1000, true]);
});

test("another epoch, or other limits, are looked at afresh", () => {
  const [state, held] = [new AlertState(), new Held().add(5, 12)];
  state.at(SERIES, held);
  const anew = Object.assign(new Held().add(5), { epoch: "b" });

  assert.equal(state.at(SERIES, anew)[0].isOver, false);
  assert.equal(state.at([{ limits: [{ below: 6 }] }], anew)[0].isOver, true);
  assert.deepEqual(state.at([{}], anew), []);
});

test("an axis has room for limits that are near", () => {
  assert.deepEqual(withLimits([0, 10], [{ above: 14 }, { below: -4 }, { above: 16 }]), [-4, 14]);
  assert.deepEqual(withLimits([0, 10], []), [0, 10]);
});
