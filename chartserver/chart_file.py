"""Charts from a file, `charts.toml`: read, checked as strictly as the command line, and opened."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from chartserver.chart_plan import PANELS, ChartPlan, Retention, series_with
from chartserver.errors import ConfigError
from chartserver.setting_values import days, seconds, ticks
from chartserver.sources.registry import SourceSpec, open_source, parse_spec
from chartserver.sources.source import Source
from chartserver.ticks import SEVERITIES, Limit, Series, check_chart_name
from chartserver.toml_table import Document, Table

FILE_BYTES_MAX = 1 << 20
DIGITS_MAX = 15
EXAMPLE = 'such as [charts.fx] and source = "walk"'


def open_chart_file(path: Path, defaults: Mapping[str, str]) -> Sequence[ChartPlan]:
    """Open the charts that a file describes, in its order.

    `defaults` are the general settings that options of sources go before. Files and modules that
    are named in it are relative to its directory.

    Raises:
        ConfigError: with all that is wrong with it, a line each.
    """
    document = Document(path.name, _read(path))
    charts = document.root.table("charts")
    document.root.finish()
    if not document.faults and not list(charts):
        document.faults.append(f"{path.name} describes no chart; expected some, {EXAMPLE}")
    plans = []
    for name in charts:
        chart = charts.table(name)
        before = len(document.faults)
        plan = _Chart(chart, document.faults, path.parent, defaults).open(name)
        if plan and len(document.faults) == before:
            plans.append(plan)
    if document.faults:
        raise ConfigError(*document.faults)
    return plans


class _Chart:
    """Reads one table `[charts.NAME]`."""

    def __init__(
        self, table: Table, faults: list[str], directory: Path, defaults: Mapping[str, str]
    ) -> None:
        self._table = table
        self._faults = faults
        self._directory = directory
        self._defaults = defaults

    def open(self, name: str) -> ChartPlan | None:
        """Return the chart; None, with faults noted, when it cannot be opened."""
        table = self._table
        title = table.text("title", example="Exchange rates")
        interval_s = table.setting("interval_s", seconds)
        history = table.setting("history", ticks)
        panels = table.choice("panels", PANELS)
        retention = self._retention(table.table("retention"))
        said = self._series(table.tables("series", '[[charts.fx.series]] and name = "EURUSD"'))
        spec = self._spec()
        table.finish()
        try:
            check_chart_name(name)
        except ConfigError as error:
            self._note(table.place(), error)
        if spec is None:
            return None
        try:
            source = self._source(spec, interval_s)
        except ConfigError as error:
            self._faults += error.faults
            return None
        try:
            series = series_with(source, said)
        except ConfigError as error:
            self._note(table.place(), error)
            return None
        return ChartPlan(
            name=name,
            source=source,
            title=title,
            series=series,
            interval_s=interval_s,
            history=history,
            panels=panels,
            retention=retention,
        )

    def _spec(self) -> SourceSpec | None:
        """Return what the keys `source` and `options` say; `push` when they say nothing."""
        table = self._table
        text = table.text("source", "push", example="walk")
        options = dict(table.table("options").content)
        try:
            spec = parse_spec(text)
        except ConfigError as error:
            self._note(table.place("source"), error)
            return None
        if spec.name:
            table.fault(
                "source", f"names a chart, {spec.name!r}; expected kind[:target], {EXAMPLE}"
            )
        for name in options.keys() & spec.options.keys():
            table.fault("options", f"has {name}, which source has, too; expected it once")
        return spec._replace(
            options={**spec.options, **options},
            place=table.place("options" if options else "source"),
            directory=self._directory,
        )

    def _note(self, place: str, error: ConfigError) -> None:
        self._faults += [f"{place}: {fault}" for fault in error.faults]

    def _source(self, spec: SourceSpec, interval_s: float | None) -> Source:
        defaults = dict(self._defaults)
        if interval_s is not None:
            defaults["interval_s"] = str(interval_s)
        return open_source(spec, defaults)

    def _retention(self, table: Table) -> Retention:
        found = Retention(*(table.setting(name, days) for name in Retention._fields))
        table.finish()
        return found

    def _series(self, tables: Sequence[Table]) -> Sequence[Series]:
        found: dict[str, Series] = {}
        for table in tables:
            series = self._one_series(table)
            if series and series.name in found:
                table.fault("name", f"is {series.name!r}, as above; expected each series once")
            elif series:
                found[series.name] = series
        return list(found.values())

    def _one_series(self, table: Table) -> Series | None:
        name = table.text("name", example="EURUSD")
        label = table.text("label", example="EUR/USD")
        unit = table.text("unit", example="$")
        color = table.text("color", example="#0072b2")
        digits = _digits(table)
        limits = [
            limit
            for one in table.tables("limits", "limits = [{ above = 1.2 }]")
            if (limit := self._limit(one))
        ]
        table.finish()
        if "name" not in table:
            table.fault("", 'has no name; expected one, such as name = "EURUSD"')
            return None
        try:
            return Series(name, label, unit, color, digits, limits)
        except ConfigError as error:
            self._note(table.place(), error)
            return None

    def _limit(self, table: Table) -> Limit | None:
        before = len(self._faults)
        above, below = table.number("above", "1.2"), table.number("below", "1.0")
        severity = table.choice("severity", SEVERITIES)
        label = table.text("label", example="dear")
        table.finish()
        if len(self._faults) > before:
            return None
        try:
            return Limit(above, below, severity, label)
        except ConfigError as error:
            self._note(table.place(), error)
            return None


def _digits(table: Table) -> int | None:
    digits = table.number("digits", "4")
    if digits is None:
        return None
    if digits not in range(DIGITS_MAX + 1):
        table.fault(
            "digits",
            f"is {digits:g}; expected a whole number from 0 to {DIGITS_MAX}, such as digits = 4",
        )
        return None
    return int(digits)


def _read(path: Path) -> str:
    """Return the text of the file; all that can go wrong is told."""
    shown = repr(str(path))
    if path.is_dir():
        raise ConfigError(f"{shown} is a directory; expected a file, such as charts.toml")
    if path.exists() and not (path.is_file() or path.is_fifo()):
        raise ConfigError(f"{shown} is no file; expected one, such as charts.toml")
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise ConfigError(f"{shown} is larger than {FILE_BYTES_MAX} bytes; expected less")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{shown} cannot be read: {error.strerror}; expected a file, such as charts.toml"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{shown} is not in UTF-8 (byte 0x{data[error.start]:02x}"
            f" at {error.start}); expected a text file in UTF-8"
        ) from None
