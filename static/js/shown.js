/** Which series are hidden after a press on one of them. Pure. */

/** Hide it, or show it again; the last one shown is not hidden: all come back. */
export function toggled(names, hidden, name) {
  const after = new Set(hidden);
  if (!after.delete(name)) after.add(name);
  return names.every((one) => after.has(one)) ? new Set() : after;
}

/** Show it alone; all, when it was alone. */
export function solo(names, hidden, name) {
  return isSolo(names, hidden, name) ? new Set() : new Set(names.filter((one) => one !== name));
}

export function isSolo(names, hidden, name) {
  return names.length > 1 && names.every((one) => hidden.has(one) === (one !== name));
}
