"""The dashboard and the alerts: valid, and about metrics and labels that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from chartserver.operation.counted import TABLE
from chartserver.operation.metrics import PREFIX

OPS = Path(__file__).parents[2] / "docs" / "ops"
DASHBOARD = json.loads((OPS / "grafana.json").read_text())
RULES = [
    rule
    for group in yaml.safe_load((OPS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
METRIC = re.compile(r"\b(?:chartserver|process|python)_[a-z_]+")
SELECTED = re.compile(r"([a-z_]+)\{([^}]*)\}")
GROUPED = re.compile(r"by \(([^)]*)\)\s*\((?:rate|increase)?\(?([a-z_]+)")
# Prometheus adds these.
TARGET_LABELS = {"job", "instance"}


def exported():
    """Return the labels of each metric that Prometheus can read from a server, by its name."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry)
    known = {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    for row in TABLE:
        for suffix in SUFFIXES[row.kind]:
            extra = {"le"} if suffix == "_bucket" else set()
            known[PREFIX + row.name + suffix] = {*row.labels, *extra}
    return {**known, "up": set()}


EXPORTED = exported()
QUERIES = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())),
    *(rule["expr"] for rule in RULES),
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_about_metrics_and_labels_that_exist(query):
    names = set(METRIC.findall(query))

    assert names or query.startswith("up{")
    assert names <= set(EXPORTED)
    for name, selectors in SELECTED.findall(query):
        labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selectors))
        assert labels <= EXPORTED[name] | TARGET_LABELS, name
    for labels, name in GROUPED.findall(query):
        assert set(re.split(r",\s*", labels)) <= EXPORTED[name] | TARGET_LABELS, name
    for opening, closing in ("()", "[]", "{}"):
        assert query.count(opening) == query.count(closing)


def test_each_metric_of_ours_is_on_the_dashboard():
    shown = " ".join(QUERIES)

    assert [row.name for row in TABLE if PREFIX + row.name not in shown] == []


def test_each_panel_has_a_place_a_title_and_queries_of_its_own():
    panels = DASHBOARD["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    for panel in panels:
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["type"] == "row" or panel["targets"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_says_how_bad_it_is_and_what_it_means(rule):
    assert rule["labels"]["severity"] in ("info", "warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["alert"].startswith("Chartserver")
    used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    labels = set.union(*(EXPORTED[name] for name in [*METRIC.findall(rule["expr"]), "up"]))
    assert used <= labels | TARGET_LABELS


def test_alerts_have_names_of_their_own():
    names = [rule["alert"] for rule in RULES]

    assert len(set(names)) == len(names)


def test_each_test_that_the_promises_name_is_there():
    root = OPS.parents[1]
    text = (root / "docs" / "operations.md").read_text()

    named = re.findall(r"`((?:tests|benchmarks)/[\w./]*)`", text)

    assert len(named) > 10
    assert [path for path in named if not (root / path).exists()] == []
