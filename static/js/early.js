/**
 * What cannot wait for the modules of a page: the theme that was chosen, so that no other one is seen first; and what
 * is done when they do not come.
 *
 * No module, so that nothing of the page is there before it has run.
 */
{
  const { dataset } = document.documentElement;
  try {
    const kept = localStorage.getItem("chartserver.theme");
    if (["light", "dark"].includes(kept) && !new URLSearchParams(location.search).has("theme")) dataset.theme = kept;
  } catch {
    // In a frame of another site there may be nothing to keep it in.
  }

  const TRIES = "chartserver.tries";
  const [FIRST_MS, LAST_MS, FORGOTTEN_MS] = [2_000, 60_000, 300_000];
  const ANSWER_MS = 10_000;
  const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const isAnswered = () =>
    fetch(location.href, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) }).then(({ ok }) => ok, () => false);

  /** Return how long to wait: longer each time, lest all who have a page that cannot come ask without end. */
  function pause_ms() {
    try {
      const [tries, last_ms] = JSON.parse(sessionStorage.getItem(TRIES) ?? "[0,0]");
      const count = Date.now() - last_ms < FORGOTTEN_MS ? tries : 0;
      sessionStorage.setItem(TRIES, JSON.stringify([count + 1, Date.now()]));
      return Math.min(LAST_MS, FIRST_MS * 2 ** count);
    } catch {
      return LAST_MS;
    }
  }

  /** Say that the page did not come, and load it anew once the server answers: it may have been renewed meanwhile. */
  async function again() {
    const wait_ms = pause_ms();
    if (document.readyState === "loading") await new Promise((resolve) => addEventListener("DOMContentLoaded", resolve));
    dataset.state = "reconnecting";
    document.querySelector("[data-not-begun]").hidden = false;
    do await after(wait_ms);
    while (!(await isAnswered()));
    location.reload();
  }

  let isFailed = false;
  const onError = ({ target }) => {
    if (isFailed || target.dataset?.begin === undefined) return;
    isFailed = true;
    again();
  };
  addEventListener("error", onError, true);
}
