/**
 * The ticks that the page begins with: asked for by its head, so that they come while the scripts do.
 *
 * Where there are none, or they take long, those of the link have to do.
 */

const WAIT_MS = 1_000;

async function fetched() {
  const link = document.querySelector("[data-first]");
  if (!link || !matchMedia(link.media).matches) return null;
  const description = JSON.parse(document.querySelector("[data-description]").textContent);
  const answer = await fetch(link.href, { signal: AbortSignal.timeout(WAIT_MS) });
  const frame = answer.ok ? await answer.json() : null;
  return frame?.epoch === description.epoch && frame.t.length > 0 ? { ...frame, description } : null;
}

/** A snapshot as the link has it, or null. */
export const first = fetched().catch(() => null);
