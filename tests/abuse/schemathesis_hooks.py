"""What the description of the HTTP interface has no words for."""

import schemathesis


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Put times that are in the wrong order into the right one: they are refused."""
    query = case.query
    try:
        is_wrong = float(query["from"]) > float(query["to"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    if is_wrong:
        query["from"], query["to"] = query["to"], query["from"]
