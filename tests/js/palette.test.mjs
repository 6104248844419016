import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CSS = readFileSync(new URL("../../static/css/theme.css", import.meta.url), "utf8");
const DASHES = 4;
/** In linear RGB, for who lacks a kind of cone. Source: Machado, Oliveira and Fernandes, 2009, severity 1. */
const SIGHT = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const [light, dark] = ["light", "dark"].map((_, i) => (name) => [...CSS.matchAll(new RegExp(`--${name}: #(\\w{6})`, "g"))][i][1]);
const linear = (hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
const luminance = (hex) => linear(hex).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const product = (matrix, vector) => matrix.map((row) => row.reduce((sum, c, i) => sum + c * vector[i], 0));

/** Oklab, of what is seen. */
function seen(hex, sight) {
  const rgb = product(SIGHT[sight], linear(hex)).map((c) => Math.min(1, Math.max(0, c)));
  const lms = product([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], rgb).map(Math.cbrt);
  return product([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]], lms);
}

for (const [theme, color] of Object.entries({ light, dark })) {
  test(`${theme}: each series stands out from the surface`, () => {
    for (let i = 1; i <= 8; i += 1) assert.ok(contrast(color(`series-${i}`), color("surface")) >= 3, `series ${i}`);
  });

  test(`${theme}: text can be read`, () => {
    for (const name of ["ink", "muted"]) {
      for (const ground of ["surface", "page", "raised"]) assert.ok(contrast(color(name), color(ground)) >= 4.5, `${name} on ${ground}`);
    }
  });

  for (const sight of Object.keys(SIGHT)) {
    test(`${theme}, ${sight}: series of the same dashes are told apart by color`, () => {
      for (let i = 1; i + DASHES <= 8; i += 1) {
        const [a, b] = [i, i + DASHES].map((n) => seen(color(`series-${n}`), sight));
        assert.ok(Math.hypot(...a.map((c, k) => c - b[k])) >= 0.05, `series ${i} and ${i + DASHES}`);
      }
    });
  }
}
