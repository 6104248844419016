"""What Prometheus reads: the table of what is counted, in its formats, when it is asked for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from chartserver.operation.counted import TABLE, Counted
from chartserver.operation.histogram import Histogram

PREFIX = "chartserver_"
FAMILIES: Mapping[str, Callable[..., Any]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
}


class Numbers(Collector):
    """Reads the table."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    def collect(self) -> Iterable[Family]:
        """Return all metrics of the table as they are now."""
        for row in TABLE:
            read = row.read(self._counted)
            name = PREFIX + row.name
            if isinstance(read, Histogram):
                yield HistogramMetricFamily(name, row.help_text, read.buckets(), read.sum)
                continue
            family = FAMILIES[row.kind](name, row.help_text, labels=row.labels)
            for labels, value in read:
                family.add_metric(labels, value)
            yield family


class OfWorker(Collector):
    """The metrics of another collector, each with the number of the worker as a label.

    A scrape of the port that workers share reaches any of them: so each has series of its own.
    """

    def __init__(self, collector: Collector, worker: int) -> None:
        self._collector = collector
        self._label = {"worker": str(worker)}

    def collect(self) -> Iterable[Family]:
        """Return all metrics as they are now."""
        for family in self._collector.collect():
            family.samples = [
                sample._replace(labels=sample.labels | self._label) for sample in family.samples
            ]
            yield family


class Metrics:
    """The metrics of one server, and of its process; of a `worker` with its number, from 1."""

    def __init__(self, counted: Counted, worker: int = 0) -> None:
        self._registry = CollectorRegistry()
        # Those of the library are registered nowhere else than in what is thrown away.
        spare = CollectorRegistry()
        for each in (Numbers(counted), ProcessCollector(registry=spare), GCCollector(spare)):
            self._registry.register(OfWorker(each, worker) if worker else each)

    def expose(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics, in Prometheus' format or OpenMetrics as `accept` asks; its type."""
        if "application/openmetrics-text" in accept:
            encode: Callable[[CollectorRegistry], bytes] = openmetrics.generate_latest
            return encode(self._registry), openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4
