/**
 * Looks on while a page draws; put into it before its own scripts run.
 *
 * `frames`: frames of the screen in which a line was drawn on a canvas of the page. `strokes`: how
 * often one was. `drawn_ms`: from navigation to the first animation frame that finds ticks up to
 * `benchmark.wanted` drawn. A draw outside of an animation frame is painted by the next one: that
 * is waited for, and the one after it begins when it is done. So does one within a frame, which
 * makes it late by at most a frame. `drawn`: what the first canvas of the page shows then.
 * `ready_ms` and `ready`: the same of a page whose first picture is followed by one that goes on.
 */
(() => {
  const NEAR = 60;
  const seen = { frames: 0, strokes: 0, drawn_ms: null, ready_ms: null };
  window.benchmark = { ...window.benchmark, seen };
  const { prototype } = CanvasRenderingContext2D;
  const { stroke } = prototype;
  let frame_ms = NaN;
  prototype.stroke = function (...path) {
    seen.strokes += 1;
    const now_ms = document.timeline.currentTime;
    if (now_ms !== frame_ms) seen.frames += 1;
    frame_ms = now_ms;
    return stroke.apply(this, path);
  };

  const offsetOf = (...names) => Math.max(...names.map((name) => Number(document.querySelector("main")?.dataset[name] ?? 0)));
  /** The time from which on the page's first canvas shows what is wanted, and what is on it then. */
  const watch = (name, ...marks) => {
    const observer = new MutationObserver(() => {
      if (!(offsetOf(...marks) >= window.benchmark.wanted)) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => {
        seen[`${name}_ms`] = performance.now();
        seen[name] = copyOf(document.querySelector("main canvas"));
      }));
    });
    observer.observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn-offset", "data-pictured"] });
  };
  watch("drawn", "drawnOffset", "pictured");
  watch("ready", "drawnOffset");

  const copyOf = (canvas) => {
    if (!canvas?.width) return null;
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    copy.getContext("2d").drawImage(canvas, 0, 0);
    return copy;
  };

  /** The share of the columns of a plot that bear one of the colors: 1 for a line from edge to edge. */
  window.benchmark.inked = (canvas, [left, top, width, height], colors) => {
    const wanted = colors.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, left, top, width, height, 0, 0, width, height);
    const { data } = copy.getImageData(0, 0, width, height);
    const isNear = (at) => data[at + 3] > 60
      && wanted.some((color) => color.every((part, i) => Math.abs(part - data[at + i]) < NEAR));
    let columns = 0;
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < height; y += 1) {
        if (isNear(4 * (y * width + x))) {
          columns += 1;
          break;
        }
      }
    }
    return columns / width;
  };
})();
