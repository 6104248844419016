import assert from "node:assert/strict";
import test from "node:test";

import { letterOf, Notes } from "../../static/js/notes.js";

const note = (id, time_ms = 1_000 * id) => ({ id, time_ms, text: `note ${id}`, by: "" });

test("changes are taken in their order", () => {
  const notes = new Notes();

  assert.ok(notes.take({ revision: 1, note: note(1) }));
  assert.ok(notes.take({ revision: 2, note: note(2) }));
  assert.ok(notes.take({ revision: 3, removed: 1 }));

  assert.deepEqual(notes.list, [note(2)]);
});

test("a change that is known already changes nothing", () => {
  const notes = new Notes();
  notes.replace(5, [note(5)]);
  let changes = 0;
  notes.addEventListener("change", () => { changes += 1; });

  assert.ok(notes.take({ revision: 5, note: note(5) }));

  assert.deepEqual([notes.list.length, changes], [1, 0]);
});

test("a change after one that was missed is not taken: all are to be asked for", () => {
  const notes = new Notes();

  assert.equal(notes.take({ revision: 2, note: note(2) }), false);
  assert.deepEqual([notes.revision, notes.list], [0, []]);
});

test("all are taken anew, also when a history without any begins", () => {
  const notes = new Notes();
  notes.replace(2, [note(2), note(1)]);
  assert.deepEqual(notes.list.map(({ id }) => id), [1, 2]);

  notes.replace();

  assert.deepEqual([notes.revision, notes.list], [0, []]);
});

test("those in view are those between its ends", () => {
  const notes = new Notes();
  notes.replace(3, [note(1), note(2), note(3)]);

  assert.deepEqual(notes.within([1_500, 3_000]).map(({ id }) => id), [2, 3]);
});

test("letters go on after Z", () => {
  assert.deepEqual([1, 2, 26, 27, 52, 53, 702, 703].map((id) => letterOf({ id })), ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
});
