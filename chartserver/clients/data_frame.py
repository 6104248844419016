"""Ticks as a pandas DataFrame: the only module that knows pandas, which need not be there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chartserver.clients.viewer import SeenTick
from chartserver.errors import ChartServerError
from chartserver.ticks import Position


def data_frame(ticks: Sequence[SeenTick], names: Sequence[str], position: Position | None) -> Any:
    """Return ticks as a DataFrame, with a column for each of `names` and the times as the index.

    Raises:
        ChartServerError: pandas is not installed.
    """
    try:
        import pandas as pd  # not on top: most who watch have no use for it
    except ImportError:
        raise ChartServerError(
            "got no pandas, which to_pandas() needs; expected it to be installed,"
            " such as by: pip install pandas"
        ) from None
    # Microseconds are all that a time on the wire carries; the rest is the error of fractions.
    times = np.array([round(tick.time_ms * 1000) for tick in ticks], "datetime64[us]")
    columns = {name: [tick.values.get(name) for tick in ticks] for name in names}
    index = pd.DatetimeIndex(times, name="time").tz_localize("UTC")
    frame = pd.DataFrame(columns, index=index, dtype="float64")
    frame.attrs = {
        "chart": ticks[-1].chart if ticks else "",
        "position": str(position or ""),
        "reduced": any(tick.offset is None for tick in ticks),
    }
    return frame
