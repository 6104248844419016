/** Which theme was chosen: dark, light, or that of the system. Pure. */

export const THEMES = ["system", "light", "dark"];

/** Return a theme by what somebody calls it, null when it is none. */
export function themeOf(said) {
  return THEMES.includes(said) ? said : null;
}

/** The theme that a button turns to, after this one. */
export function nextTheme(theme) {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
}

/**
 * Return the theme that a page asks for which shows this one in a frame, null when it asks for none.
 *
 * @param {unknown} data - of a message, `{"chartserver": {"theme": "dark"}}`
 */
export function themeAsked(data) {
  return themeOf(data?.chartserver?.theme);
}
