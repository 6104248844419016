/** Elements from a tag, a class and what is in them: text stays text. */

export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Set the text only when it differs: a write that changes nothing still costs a layout. */
export function setText(target, text) {
  if (target.textContent === text) return;
  const { firstChild, lastChild } = target;
  // One text for another leaves all as it is that depends on what is in what.
  if (text && firstChild === lastChild && firstChild?.nodeType === Node.TEXT_NODE) firstChild.data = text;
  else target.textContent = text;
}

/** Set those data attributes that differ: who waits for one is not woken for nothing. */
export function setData({ dataset }, values) {
  for (const [name, value] of Object.entries(values)) if (dataset[name] !== String(value)) dataset[name] = value;
}
