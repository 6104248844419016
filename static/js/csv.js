/** The ticks of a window as CSV: where the server has them, and without the series that are hidden. Pure. */

import { credentialsOf } from "./signed-link.js";

/** The address of the ticks of a range, both ends included, as CSV. */
export function csvPath(chart, [from_ms, to_ms], search = "") {
  const asked = new URLSearchParams({ format: "csv", from: from_ms, to: to_ms });
  const { token } = credentialsOf(search);
  if (token) asked.set("link", token);
  return `/api/charts/${encodeURIComponent(chart)}/ticks?${asked}`;
}

/** Return `csv` without the columns whose series are hidden; the first is the time and stays. */
export function withoutColumns(csv, names, hidden) {
  const kept = [0, ...names.flatMap((name, i) => (hidden.has(name) ? [] : [i + 1]))];
  return csv.replace(/[^\r\n]+/g, (line) => {
    const cells = cellsOf(line);
    return kept.map((i) => cells[i] ?? "").join(",");
  });
}

/** A file's name: of what, and up to when. */
export function fileName(chart, time_ms, suffix) {
  const at = new Date(time_ms).toISOString().slice(0, 19).replaceAll(":", "-");
  return `${chart}-${at}Z.${suffix}`;
}

/** The cells of a line as they are written; a comma between quotation marks parts nothing. */
function cellsOf(line) {
  return line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g).map((cell) => cell.replace(/,$/, ""));
}
