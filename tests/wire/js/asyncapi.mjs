/** Reads a description in AsyncAPI; prints what is wrong with it, a line each. */

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

/** Of diagnostics, errors and warnings; the rest is advice. */
const WARNING = 1;

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
for (const { severity, path, message } of diagnostics) {
  if (severity <= WARNING) console.log(`${path.join(".")}: ${message}`);
}
if (!document) console.log("it is no description");
