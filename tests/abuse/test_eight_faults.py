"""Each of the eight faults: a stock server has it, which proves the attack; ours has not."""

import sys

import pytest
from bystander import TIMES
from faults import FAULTS
from processes import PROGRAMS, Process, Server, Servers

# Ours does at once what a stock server never does; however slow the machine is.
STOCK_S, OURS_S = 2.0, 40.0
SERVING = r"serving on (http://\S+)"
ATTACKS = [
    pytest.param(attack, id=f"{number} {attack.__name__}")
    for number, attacks in FAULTS.items()
    for attack in attacks
]


@pytest.fixture(scope="module")
def stock():
    """Start a stock server; it need not end well."""
    process = Process([sys.executable, PROGRAMS / "stock.py"])
    said = process.lines_until(SERVING, "stderr")
    yield Server(process, said[-1].rpartition(" ")[2])
    process.kill()


@pytest.fixture(scope="module")
def ours():
    """Start a server of ours, which must end well."""
    charts = [f"--chart={name}=python:counting:{name}" for name in ("patchy", "steady")]
    with Servers() as servers:
        yield servers.start(*charts, "--request-timeout-s=3")


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stock_server_has_the_fault(stock, attack):
    assert attack(stock, STOCK_S)


@pytest.mark.parametrize("attack", ATTACKS)
def test_ours_does_not_have_the_fault(ours, watched, attack):
    with watched(ours):
        complaints = [one for _ in range(TIMES) for one in attack(ours, OURS_S)]

    assert complaints == []
