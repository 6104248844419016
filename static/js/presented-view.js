/** What one looks at as it is shown to others, and back. Pure. */

/** All there is, which JSON has no number for. */
const ALL = 0;

/**
 * @param {import("./look.js").Look} look
 * @param {import("./crosshair.js").Crosshair} crosshair
 */
export function viewOfLook(look, crosshair) {
  const { kind, candle_ms, pinned_ms, panels, hidden } = look;
  const [from_ms, to_ms] = look.range_ms();
  return {
    ...(look.isFollowing ? { span_ms: Number.isFinite(look.span_ms) ? look.span_ms : ALL } : { from_ms, to_ms }),
    kind,
    candle_ms,
    pinned_ms,
    time_ms: crosshair.hovered_ms,
    panels: panels || "auto",
    hidden: [...hidden],
  };
}

/** Have a look and a crosshair be as they are shown. */
export function showView(view, look, crosshair) {
  const { from_ms, to_ms, span_ms } = view;
  look.restore({
    shown_ms: from_ms < to_ms ? [from_ms, to_ms] : undefined,
    span_ms: span_ms === ALL ? Infinity : (span_ms ?? look.span_ms),
    kind: view.kind,
    candle_ms: view.candle_ms,
    hidden: new Set(view.hidden ?? []),
    pinned_ms: view.pinned_ms ?? null,
    panels: view.panels === "auto" ? "" : view.panels,
    isPresented: true,
  });
  crosshair.hover(view.time_ms ?? null);
}
