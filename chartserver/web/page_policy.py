"""What a browser may do with our answers: the headers of security, for all and for single pages.

`HEADERS` are for every answer that brings none of its own; the functions return what a page brings
instead.
"""

from collections.abc import Sequence

SELF = "'self'"
NONE = "'none'"


def content_security_policy(form_action: str = NONE, frame_ancestors: Sequence[str] = ()) -> str:
    """Return a strict policy: nothing inline, nothing of others.

    Args:
        form_action: where forms of the page may go.
        frame_ancestors: origins besides our own whose pages may show this one in a frame; `*` for
            all, `'none'` for not even our own.
    """
    ancestors = [NONE] if NONE in frame_ancestors else [SELF, *frame_ancestors]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            f"form-action {form_action}",
            "object-src 'none'",
            f"frame-ancestors {' '.join(ancestors)}",
        ]
    )


# What a page could do beyond showing charts, and may not; nor may what is shown in a frame of it.
DENIED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "gamepad"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi"),
    *("payment", "publickey-credentials-get", "serial", "sync-xhr", "usb"),
    "xr-spatial-tracking",
)
# Source: the OWASP Secure Headers Project.
HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    # Where both are known, frame-ancestors counts.
    "X-Frame-Options": "SAMEORIGIN",
    "X-Permitted-Cross-Domain-Policies": "none",
    # With `no-referrer` browsers would send forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A kiosk keeps its screen awake.
    "Permissions-Policy": ", ".join(
        [*(f"{name}=()" for name in DENIED), "screen-wake-lock=(self)"]
    ),
}
# For answers over HTTPS.
HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


def of_form() -> dict[str, str]:
    """Return the headers of a page that takes a secret: its form stays here, no page frames it.

    The referrer is told to ourselves: without, browsers send the form with `Origin: null`.
    """
    policy = content_security_policy(form_action=SELF, frame_ancestors=[NONE])
    return {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}


def of_embed(frame_ancestors: Sequence[str]) -> dict[str, str]:
    """Return the headers of a page that pages of `frame_ancestors` may show in a frame."""
    return {
        "Content-Security-Policy": content_security_policy(frame_ancestors=frame_ancestors),
        # Else a page that is strict itself could not show this one.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def of_picture() -> dict[str, str]:
    """Return the headers of a picture: any page may show it, and as a page it can do nothing."""
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def of_link() -> dict[str, str]:
    """Return the headers of a page whose address is a secret: nobody is told of it."""
    return {"Referrer-Policy": "no-referrer"}
