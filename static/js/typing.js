/** Whether a key is for what has the focus: a text that is written, a dialog that is open. */

const TEXT = "input, textarea, select, [contenteditable], dialog";

export function typesText(target) {
  return Boolean(target.closest?.(TEXT));
}
