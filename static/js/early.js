/**
 * What cannot wait for the modules of a page: the theme that was chosen, so that no other one is seen first.
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
}
