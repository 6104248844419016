/** Elements from a tag, a class and what is in them: text stays text. */

export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Set the text only when it differs: a write that changes nothing still costs a layout. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
