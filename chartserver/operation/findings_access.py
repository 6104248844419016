"""What is unsafe about who may do what: tokens, origins, proxies.

Pure, as `findings_load`: each check looks at a setup and returns a finding or None; the name of
the function is the name of the finding.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from chartserver.entrance.proxies import is_loopback
from chartserver.operation.finding import (
    OPTIONS,
    SECRETS,
    Check,
    Finding,
    Setup,
    note,
    warning,
)
from chartserver.settings import Settings

SECRET_CHARS_MIN = 16
# No proxy has so many addresses: a prefix shorter than this stands for everybody.
PREFIX_MIN = {4: 8, 6: 16}


def everybody_may_watch(settings: Settings, host: str) -> bool:
    """Return whether a server on `host` shows its charts to whoever reaches it."""
    return not is_loopback(host) and not settings.view_tokens and not settings.link_keys


def told_at_start(settings: Settings, host: str, url: str, worker: int = 0) -> Iterator[str]:
    """Yield what an operator is told when a server on `host` starts, a line for each.

    Of workers only the first tells: the others would repeat it. `worker` is 0 for a server by
    itself.
    """
    if worker > 1:
        return
    if settings.workers > 1 and not worker:
        yield (
            f"--workers is {settings.workers}, and this program serves from one process; expected"
            " `chartserver serve`, or several of the program behind a proxy"
        )
    if everybody_may_watch(settings, host):
        yield f"whoever reaches {url} may watch; see what is unsafe: chartserver check"
    yield from weak_secrets(settings)


def weak_secrets(settings: Settings) -> Iterator[str]:
    """Yield a line about tokens and keys that can be guessed, when there are such."""
    found = _short_secrets({name: getattr(settings, name) for name in SECRETS})
    if found is not None:
        yield f"{found.what}, and can be guessed; {found.remedy}"


def open_viewing(setup: Setup) -> Finding | None:
    """Find charts that everybody may watch."""
    settings = setup.settings
    if not setup.is_open or settings.view_tokens or settings.link_keys:
        return None
    return warning(
        f"whoever reaches {settings.host} may watch: there is no view token and no link key",
        "set --view-tokens or --link-keys, or listen on 127.0.0.1; if everybody is meant to watch,"
        " say so with --allow open_viewing",
    )


def plain_text(setup: Setup) -> Finding | None:
    """Find tokens that travel unencrypted."""
    if not setup.has_secrets or is_loopback(setup.settings.host) or setup.settings.proxies:
        return None
    return warning(
        "tokens travel as plain text, unless a proxy in front of the server encrypts",
        "have a proxy with TLS in front, and name its addresses with --proxies",
    )


def short_secrets(setup: Setup) -> Finding | None:
    """Find tokens and keys that can be guessed."""
    return _short_secrets(setup.secrets)


def told_secrets(setup: Setup) -> Finding | None:
    """Find tokens and keys that every user of the machine can read."""
    told = [OPTIONS[name] for name in SECRETS if setup.places.get(name) == OPTIONS[name]]
    if not told:
        return None
    return warning(
        f"{', '.join(told)} stands on the command line, which every user of the machine can read",
        "give it as its environment variable, such as CHARTSERVER_VIEW_TOKENS",
    )


def shared_secrets(setup: Setup) -> Finding | None:
    """Find a token that gives two rights, or stands twice for one."""
    given = [(secret, name) for name, held in setup.secrets.items() for secret in held]
    secrets = [secret for secret, _ in given]
    shared = {OPTIONS[name] for secret, name in given if secrets.count(secret) > 1}
    if not shared:
        return None
    return warning(
        f"a secret stands twice in {', '.join(sorted(shared))}",
        "give each right secrets of its own, each of them once: who has one then has no other",
    )


def any_origin(setup: Setup) -> Finding | None:
    """Find that the pages of every site may connect."""
    if "*" not in setup.settings.origins:
        return None
    return _graver_with_secrets(
        setup,
        "pages of every site may connect, with what the browsers of their visitors are let see",
        "name the sites in --origins, such as https://example.org",
    )


def any_frame(setup: Setup) -> Finding | None:
    """Find that the pages of every site may show ours in a frame."""
    if "*" not in setup.settings.frame_ancestors:
        return None
    return _graver_with_secrets(
        setup,
        "pages of every site may show ours in a frame, under buttons of their own",
        "name the sites in --frame-ancestors, such as https://example.org",
    )


def any_proxy(setup: Setup) -> Finding | None:
    """Find that nearly everybody is taken for a proxy."""
    networks = [ipaddress.ip_network(network) for network in setup.settings.proxies]
    wide = [str(one) for one in networks if one.prefixlen < PREFIX_MIN[one.version]]
    if not wide:
        return None
    return warning(
        f"--proxies believes {', '.join(wide)}: nearly everybody may say that it is somebody else,"
        " and no limit for one address holds",
        "name the addresses of your proxies only, such as 10.0.0.0/8",
    )


def unnamed_proxy(setup: Setup) -> Finding | None:
    """Find a router in front of us that is not known as one."""
    if setup.settings.proxies or not setup.is_on_platform:
        return None
    return warning(
        "a platform's router seems to stand in front, and is not known as a proxy: all viewers"
        " have its address, and share the limits for one address",
        "name its addresses with --proxies, such as 10.0.0.0/8",
    )


def telling_logs(setup: Setup) -> Finding | None:
    """Find that all that strangers do is written down."""
    if setup.settings.log_level != "debug" or not setup.is_open:
        return None
    return warning(
        "--log-level is debug in the open: strangers decide how much is written",
        "set --log-level info",
    )


def no_metrics(setup: Setup) -> Finding | None:
    """Find that nobody elsewhere may read the metrics."""
    if setup.settings.metrics_tokens or not setup.is_open:
        return None
    return note(
        "nobody elsewhere may read /metrics: there is no metrics token",
        "set --metrics-tokens if a scraper elsewhere is to read it",
    )


CHECKS: tuple[Check, ...] = (
    open_viewing,
    plain_text,
    short_secrets,
    told_secrets,
    shared_secrets,
    any_origin,
    any_frame,
    any_proxy,
    unnamed_proxy,
    telling_logs,
    no_metrics,
)


def _short_secrets(secrets: Mapping[str, Sequence[str]]) -> Finding | None:
    short = [
        OPTIONS[name]
        for name, held in secrets.items()
        if any(len(secret) < SECRET_CHARS_MIN for secret in held)
    ]
    if not short:
        return None
    return warning(
        f"a secret of {', '.join(short)} has fewer than {SECRET_CHARS_MIN} characters",
        "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe())'",
    )


def _graver_with_secrets(setup: Setup, what: str, remedy: str) -> Finding:
    return (warning if setup.has_secrets else note)(what, remedy)
