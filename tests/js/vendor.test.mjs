import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";

const VENDOR = new URL("../../static/vendor/", import.meta.url);
const { packages } = JSON.parse(readFileSync(new URL("vendor.json", VENDOR)));

for (const { name, version, license, integrity, files } of packages) {
  test(`${name} ${version} is as it was published, with its licence`, () => {
    for (const file of files) {
      const content = readFileSync(new URL(`${name}/${file.name}`, VENDOR));
      assert.equal(createHash("sha256").update(content).digest("hex"), file.sha256, file.name);
    }
    assert.ok(files.some((file) => file.name === "LICENSE") && license);
    assert.match(integrity, /^sha512-/);
  });
}

test("nothing is vendored that the manifest does not name", () => {
  const named = packages.flatMap(({ name, files }) => files.map((file) => `${name}/${file.name}`));
  const there = readdirSync(VENDOR, { recursive: true }).filter((path) => statSync(new URL(path, VENDOR)).isFile());

  assert.deepEqual(there.filter((path) => path !== "vendor.json").sort(), named.sort());
});
