/** The signed link that a page was opened with, which it shows in place of a token. Pure. */

/**
 * Return what to send with each connect, besides what is asked for.
 *
 * @param {string} search - of the page's address, such as "?link=…"
 */
export function credentialsOf(search) {
  const link = new URLSearchParams(search).get("link");
  return link ? { token: link } : {};
}

/** The same without it, to be shown to others or gone back to. */
export function withoutLink(search) {
  const parameters = new URLSearchParams(search);
  parameters.delete("link");
  const query = String(parameters);
  return query && `?${query}`;
}
