/** Puts a text where it can be pasted from: by the browser's interface, or as it was done before there was one. */

/** Return whether it was copied. */
export async function copyText(text) {
  try {
    // Only on pages that came over HTTPS, or from this machine.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}
