"""Makes of chartserver a later version, which says more in its logs than the one that is here.

Each batch that is appended has a field more, and is followed by an entry of another kind; series
have a property more.
"""

from chartserver.shared import coding, log, mending, scripts

MORE = "local more = {'w', writer .. ' ' .. number"
KEPT = "put_writer(writer, number, whole(offset))"


def replaced(text, old, new):
    """Return `text` with `new` in place of `old`, which must be there."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times; expected it once"
    return text.replace(old, new)


def series_text(series, _plain=coding.series_text):
    return _plain(series).replace('"name":', '"later": {"a": [1]}, "name":')


append = replaced(scripts.TEXTS["append"], MORE, f"{MORE}, 'later', 'more'")
append = replaced(append, KEPT, f"{KEPT} tell('later', '{{\"is\": \"more\"}}')")
scripts.TEXTS["append"] = append
scripts.DIGESTS["append"] = scripts.sha1(append.encode()).hexdigest()
for module in (coding, log, mending):
    assert module.series_text
    module.series_text = series_text
