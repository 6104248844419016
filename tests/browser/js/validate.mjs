/** Validate pages: HTML by name as JSON on stdin, what is wrong with them as lines on stdout. */

import { text } from "node:stream/consumers";

import { HtmlValidate } from "html-validate";

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // As the standard writes them, and how the templates do.
    "void-style": ["error", { style: "omit" }],
    "doctype-style": ["error", { style: "lowercase" }],
    // What a loop of a template leaves.
    "no-trailing-whitespace": "off",
    // A live title tells the newest value first.
    "long-title": "off",
    // What a dialog is about is written into its heading when it opens.
    "empty-heading": "off",
  },
});

for (const [name, html] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const report = await validator.validateString(html);
  for (const { messages } of report.results) {
    for (const { line, ruleId, message } of messages) console.log(`${name}:${line} ${ruleId}: ${message}`);
  }
}
