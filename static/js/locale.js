/** Whose way of writing numbers, dates and times the page follows. Pure. */

/**
 * Return the page's language as it is written where the reader is: "en-DE" has 24 hours and a decimal comma.
 *
 * @param {string} language - of the page
 * @param {readonly string[]} preferred - locales of the reader, the first one goes first
 */
export function localeOf(language, preferred) {
  // Said in full by most browsers: to ask `Intl` takes long.
  const [, said] = /^[a-z]{2}-([A-Z]{2})$/.exec(preferred[0]) ?? [];
  if (said) return `${language}-${said}`;
  try {
    const { region } = new Intl.Locale(preferred[0]).maximize();
    return region ? `${language}-${region}` : language;
  } catch {
    // Such as the "C" of a machine without a language.
    return language;
  }
}
