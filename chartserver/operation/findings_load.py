"""What is unsafe about how much comes in and what there is to bear it.

Pure, as `findings_access`.
"""

from chartserver.operation.finding import OPTIONS, Check, Finding, Setup, note, warning

# Above these a limit holds off nobody.
LIMITS_MAX = {
    "exact_ticks": 100_000,
    "evict_after_s": 600,
    "message_bytes": 1_000_000,
    "messages_per_s": 1_000,
    "message_burst": 10_000,
    "requests_per_s": 10_000,
    "request_timeout_s": 60,
    "return_within_s": 300,
}
# For pages and polls beside the viewers, and for files; see `connections`.
SPARE_DESCRIPTORS = 1_024 + 128
SERVER_BYTES = 100_000_000
VIEWER_BYTES = 25_000
VALUE_BYTES = 8
# Of answers that are long on their way, at most: each is made piece by piece; see `places`.
ANSWERS_BYTES = 16 * 1_000_000
MEGABYTE = 1_000_000


def several_workers(setup: Setup) -> Finding | None:
    """Find that a WSGI server would run several of us."""
    workers = setup.environ.get("WEB_CONCURRENCY", "")
    if not workers.isdecimal() or int(workers[:9]) < 2:
        return None
    return warning(
        f"WEB_CONCURRENCY is {workers[:9]}: a WSGI server that heeds it runs several workers, each"
        " of which has series of its own (`chartserver serve` is one process whatever it says)",
        "set WEB_CONCURRENCY=1",
    )


def file_on_platform(setup: Setup) -> Finding | None:
    """Find that histories are kept in a file that a platform takes away with each restart."""
    if not setup.settings.store.startswith("sqlite:") or not setup.environ.get("DYNO"):
        return None
    return warning(
        "histories are kept in a file, and files here are gone with each restart, once a day",
        "add a PostgreSQL, whose DATABASE_URL is taken by itself, and give no --store",
    )


def few_descriptors(setup: Setup) -> Finding | None:
    """Find that fewer sockets can be open than viewers are let in."""
    wanted = setup.settings.max_viewers + SPARE_DESCRIPTORS
    if setup.machine.descriptors >= wanted:
        return None
    return warning(
        f"{setup.machine.descriptors} files may be open, and {setup.settings.max_viewers} viewers"
        f" may come: those that find none left wait in vain",
        f"raise the hard limit to {wanted} (ulimit -Hn, LimitNOFILE), or lower --max-viewers",
    )


def much_memory(setup: Setup) -> Finding | None:
    """Find that full histories and a full house need more memory than there is."""
    settings = setup.settings
    # Columns live in arrays of twice the capacity; a source that names no series may have one.
    rows = sum(1 + max(1, n) for n in setup.n_series.values())
    history_bytes = 2 * VALUE_BYTES * settings.history * rows
    viewers_bytes = VIEWER_BYTES * settings.max_viewers
    each = SERVER_BYTES + history_bytes + viewers_bytes + ANSWERS_BYTES
    if settings.workers * each <= setup.machine.memory_bytes:
        return None
    several = f", each of {settings.workers} times" if settings.workers > 1 else ""
    return warning(
        f"full histories take some {history_bytes // MEGABYTE} MB, {settings.max_viewers} viewers"
        f" {viewers_bytes // MEGABYTE} MB, long answers {ANSWERS_BYTES // MEGABYTE} MB{several};"
        f" there are {setup.machine.memory_bytes // MEGABYTE} MB",
        "lower --history or --max-viewers" + (", or --workers" if settings.workers > 1 else ""),
    )


def limits_off(setup: Setup) -> Finding | None:
    """Find limits that are so high that they hold off nobody."""
    settings = setup.settings
    off = [name for name, most in LIMITS_MAX.items() if getattr(settings, name) > most]
    if settings.connections_per_address >= settings.max_viewers:
        off.append("connections_per_address")
    if not off:
        return None
    least = {**LIMITS_MAX, "connections_per_address": settings.max_viewers - 1}
    return warning(
        "limits are so high that they hold off nobody: "
        + ", ".join(f"{OPTIONS[name]} {getattr(settings, name)}" for name in off),
        "set at most: " + ", ".join(f"{OPTIONS[name]} {least[name]}" for name in off),
    )


def slow_path(setup: Setup) -> Finding | None:
    """Find that frames do not go out by the fast path, or not at its full speed."""
    settings = setup.settings
    if settings.async_mode != "eventlet":
        what = (
            f"--async-mode is {settings.async_mode}: the ordinary path serves, at several times"
            " the cost, and its WebSockets are less hard"
        )
        remedy = "set --async-mode eventlet"
        return (warning if setup.is_open else note)(what, remedy)
    if settings.fan_out != "direct":
        what = f"--fan-out is {settings.fan_out}: each viewer costs several times as much"
        return note(what, "set --fan-out direct")
    if not setup.has_helper:
        what = "the send loop in C was not built: sending costs a little more"
        return note(what, "install a C compiler and Python's headers, then the package again")
    return None


def bunched_ticks(setup: Setup) -> Finding | None:
    """Find that frames are rarer than ticks."""
    settings = setup.settings
    if settings.frame_interval_s <= settings.interval_s:
        return None
    return note(
        f"frames leave every {settings.frame_interval_s:g} s, ticks come every"
        f" {settings.interval_s:g} s: they arrive in bunches",
        f"set --frame-interval-s to {settings.interval_s:g} or less",
    )


CHECKS: tuple[Check, ...] = (
    several_workers,
    file_on_platform,
    few_descriptors,
    much_memory,
    limits_off,
    slow_path,
    bunched_ticks,
)
