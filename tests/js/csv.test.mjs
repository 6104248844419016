import assert from "node:assert/strict";
import test from "node:test";
import { csvPath, fileName, withoutColumns } from "../../static/js/csv.js";

test("the address names the range and shows the link that the page was opened with", () => {
  assert.equal(csvPath("fx", [1000, 2000.5], ""), "/api/charts/fx/ticks?format=csv&from=1000&to=2000.5");
  assert.match(csvPath("fx", [1, 2], "?link=a.b"), /&link=a\.b$/);
});

test("columns of hidden series are left out, and the time stays", () => {
  const csv = "time,a,b,c\r\n2026-01-01T00:00:00Z,1,,3\r\n2026-01-01T00:00:01Z,4,5,\r\n";
  assert.equal(
    withoutColumns(csv, ["a", "b", "c"], new Set(["b"])),
    "time,a,c\r\n2026-01-01T00:00:00Z,1,3\r\n2026-01-01T00:00:01Z,4,\r\n",
  );
});

test("a name with a comma in it is one column", () => {
  assert.equal(withoutColumns('time,"a,""b""",c\n1,2,3\n', ['a,"b"', "c"], new Set(["c"])), 'time,"a,""b"""\n1,2\n');
});

test("a file's name has no colons", () => {
  assert.equal(fileName("fx", Date.UTC(2026, 0, 2, 3, 4, 5), "csv"), "fx-2026-01-02T03-04-05Z.csv");
});
