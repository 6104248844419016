/**
 * Let Lighthouse look at pages, one after the other, in one Chromium.
 *
 * On stdin, as JSON: {chromium: [path, argument, ...], pages: [{url, form}, ...], categories, least, tries}; `form` is
 * "mobile" or "desktop". On stdout a line of JSON for each page: {url, form, scores, tries, lacking}.
 *
 * A page that scores less than `least` is looked at again, and the best of each category counts:
 * whatever else runs on this machine makes a page slower, and nothing makes it faster than it is.
 * The phone is one of the middle class whatever the machine is: Lighthouse takes a quick desk's processor
 * and slows it down four times; one that its own benchmark finds slower is slowed down less, as its
 * documents advise.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

import lighthouse, { desktopConfig } from "lighthouse";

const START_LIMIT_MS = 20_000;
const LOOK_MS = 50;
const LOOK_LIMIT_MS = 45_000;
/** What the benchmark says of the machines that are slowed down four times. */
const QUICK_INDEX = 1_500;
const SLOWER_MAX = 4;
const SETTINGS = {
  // Pictures of pages, which cost most of the time.
  disableFullPageScreenshot: true,
  // Headless, a page is never kept for those who come back to it; asking takes long.
  skipAudits: ["screenshot-thumbnails", "final-screenshot", "bf-cache", "bf-cache-insight"],
  // A chart is never done. Its first ticks have come by then.
  pauseAfterFcpMs: 500,
  pauseAfterLoadMs: 500,
  networkQuietThresholdMs: 500,
  cpuQuietThresholdMs: 500,
  logLevel: "error",
};

/** A headless Chromium of its own. */
class Chromium {
  static async start([path, ...options]) {
    const profile = await mkdtemp(join(tmpdir(), "lighthouse-"));
    const own = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = spawn(path, [...own, ...options, "about:blank"], { stdio: "ignore" });
    const chromium = new Chromium(child, profile);
    chromium.port = await portOf(profile);
    return chromium;
  }

  constructor(child, profile) {
    this.child = child;
    this.profile = profile;
    this.ended = new Promise((done) => { child.on("exit", done); });
  }

  async end() {
    this.child.kill("SIGKILL");
    await this.ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const { chromium: command, pages, categories, least, tries } = JSON.parse(await text(process.stdin));
let chromium = await Chromium.start(command);
process.on("SIGTERM", async () => {
  await chromium.end();
  process.exit(1);
});
try {
  for (const { url, form } of pages) console.log(JSON.stringify(await best(url, form)));
} finally {
  await chromium.end();
}
// What never came to an end would keep the process.
process.exit();

async function portOf(folder) {
  for (let waited_ms = 0; waited_ms < START_LIMIT_MS; waited_ms += LOOK_MS) {
    const told = await readFile(join(folder, "DevToolsActivePort"), "utf8").catch(() => "");
    if (told.includes("\n")) return Number(told.split("\n")[0]);
    await pause(LOOK_MS);
  }
  throw new Error(`Chromium has opened no port in ${START_LIMIT_MS} ms`);
}

async function best(url, form) {
  const scores = {};
  let [lacking, fault, slower] = [[], null, SLOWER_MAX];
  for (let n = 1; n <= tries; n += 1) {
    try {
      const lhr = await lookInTime(url, form, slower);
      slower = Math.min(SLOWER_MAX, Math.max(1, (SLOWER_MAX * lhr.environment.benchmarkIndex) / QUICK_INDEX));
      for (const { id, score } of Object.values(lhr.categories)) scores[id] = Math.max(scores[id] ?? 0, Math.round(100 * score));
      lacking = lackingIn(lhr);
    } catch (error) {
      fault = error;
      await chromium.end();
      chromium = await Chromium.start(command);
    }
    const found = Object.values(scores);
    if (found.length && (n === tries || found.every((score) => score >= least))) return { url, form, scores, tries: n, slower, lacking };
  }
  throw fault;
}

/** One look; one that does not come to an end, such as on a busy machine, is none. */
async function lookInTime(url, form, slower) {
  const stop = new AbortController();
  const late = pause(LOOK_LIMIT_MS, null, { signal: stop.signal }).then(() => {
    throw new Error(`no end of the look at ${url} in ${LOOK_LIMIT_MS} ms`);
  });
  // When it comes too late nobody waits for it any more.
  const looking = look(url, form, slower);
  for (const one of [late, looking]) one.catch(() => {});
  try {
    return await Promise.race([looking, late]);
  } finally {
    stop.abort();
  }
}

async function look(url, form, slower) {
  const isDesk = form === "desktop";
  const asked = { ...SETTINGS, onlyCategories: categories };
  const settings = isDesk ? asked : { ...asked, throttling: { cpuSlowdownMultiplier: slower } };
  const { lhr } = await lighthouse(url, { ...settings, port: chromium.port }, isDesk ? desktopConfig : undefined);
  if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  return lhr;
}

/** What costs a page points, and why. */
function lackingIn({ audits, categories }) {
  const counted = Object.values(categories).flatMap(({ auditRefs }) => auditRefs).filter(({ weight }) => weight > 0);
  return counted.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 1).map(({ id, score, displayValue = "" }) => `${id} ${score} ${displayValue}`.trim());
}
