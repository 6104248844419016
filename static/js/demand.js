/** What is done before the code for it has come: it is kept, and done again when that is there. */

/**
 * Fetch what handles these events with the first of them, and let it handle all that came meanwhile.
 *
 * @param {EventTarget} root
 * @param {string[]} types
 * @param {object} what
 * @param {() => Promise<void>} what.fetch - takes what handles them, and lets it listen
 * @param {() => boolean} what.isHere - it listens already: it was fetched for something else
 * @param {(event: Event, isAsked: boolean) => boolean} [what.isWanted] - `isAsked`: others are kept already
 */
export function onDemand(root, types, { fetch, isHere, isWanted = () => true }) {
  const listening = new AbortController();
  let kept = [];
  let isFetching = false;
  for (const type of types) root.addEventListener(type, keep, { signal: listening.signal, passive: false });

  function keep(event) {
    if (isHere()) listening.abort();
    else if (isWanted(event, kept.length > 0)) take(event);
  }

  function take(event) {
    // A wheel with Ctrl would make the whole page larger.
    if (event.type === "wheel" && (event.ctrlKey || event.metaKey)) event.preventDefault();
    kept.push({ event, target: event.target });
    if (!isFetching) again();
  }

  async function again() {
    isFetching = true;
    try {
      await fetch();
      listening.abort();
      for (const { event, target } of kept) target.dispatchEvent(new event.constructor(event.type, event));
    } catch {
      // Whoever fetches says so; what was done then is as good as not done.
      isFetching = false;
    }
    kept = [];
  }
}
