"""Two charts on several processes: a file that is played, and pushes; hundreds watch both.

Each row of the file has its own number, and each push too: what viewers have says by itself
whether something is missing, doubled or out of order.
"""

import time

import requests
from checker import Checker
from fleet import wait_until
from pushing import Pushes

ROWS, LAB = "rows", "lab"
ROWS_PER_S = 20
N_ROWS = 20_000
PUSH_PAUSE_S = 0.03
# So short that a process that was frozen takes what another has taken meanwhile.
PUSH_TRY_S = 1.0
LIMIT_S = 60.0
# Half of what clocks differ by in tests.
CLOCK_S = 30.0
LOST = "Redis had lost the history"


def charts(folder):
    """Return the arguments with which each process serves both charts, under short leases."""
    path = folder / "rows.csv"
    lines = [f"{1_700_000_000 + number},{number}" for number in range(1, N_ROWS + 1)]
    path.write_text("\n".join(["time,number", *lines]))
    played = f"{ROWS}=replay:{path}?speed={ROWS_PER_S}"
    return "--chart", played, "--chart", f"{LAB}=push", "--lease-s", "1"


class Watched:
    """Viewers of both charts at `members`, `n` of each, and one who pushes to all in turn.

    Within `with` they come and stay; at its end the last push is acknowledged, and all viewers
    have the identical series. Who has lost a process waits for it to come back at its port, when
    it watches rows, and takes another, when it watches pushes.

    Attributes:
        rows, lab: the checkers of both charts.
        pushes: who pushes.
    """

    def __init__(self, members, n):
        urls = [member.url for member in members]
        # So that each push has the number of its offset, whatever was pushed before.
        self._before = max(description(url, LAB)["offset"] for url in urls)
        self.pushes = Pushes(urls, LAB, PUSH_PAUSE_S, self._before + 1, PUSH_TRY_S)
        self.rows = Checker(urls, ROWS, n)
        self.lab = Checker(urls, LAB, n, roams=True)
        self._has_lost_data = False
        self._began_s = time.time()

    def __enter__(self):
        wait_until(lambda: self.pushes.acknowledged, "the first push is acknowledged", LIMIT_S)
        self.rows.start(LIMIT_S)
        self.lab.start(LIMIT_S)
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self._end()
            else:
                self.pushes.give_up()
        finally:
            self.rows.close()
            self.lab.close()

    @property
    def epochs(self):
        """The epochs of all ticks that anybody was sent, of both charts."""
        return [list(checker.ledger.epochs) for checker in (self.rows, self.lab)]

    @property
    def n_pushed(self):
        """The number of the last push that is acknowledged."""
        return self._before + len(self.pushes.acknowledged)

    def last_row(self):
        """Return the number of the last row that anybody was sent."""
        return max(offset for _, offset in self.rows.positions)

    def goes_on(self):
        """Wait until all watch, and more of both charts has come to all of them."""
        row, pushed = self.last_row() + 5, self.n_pushed + 5
        self.lab.until(lambda: self.n_pushed >= pushed, "pushes are acknowledged again", LIMIT_S)
        reach(self.rows, row)
        reach(self.lab, pushed)

    def all_are_told_of_a_loss(self):
        """Wait until each viewer of both charts has been told that Redis had lost its data."""
        self._has_lost_data = True
        for checker in (self.rows, self.lab):
            checker.until(
                lambda checker=checker: all(track.renewals for track in checker.tracks),
                "all are sent what is there instead",
                LIMIT_S,
            )

    def _end(self):
        """End the pushes, and check what all have been sent."""
        self.pushes.stop()
        reach(self.rows, self.last_row() + 5)
        self.lab.settle(self.n_pushed, LIMIT_S)
        self.rows.check(may_renew=self._has_lost_data)
        self.lab.check(self.pushes.acknowledged, may_renew=self._has_lost_data)
        for checker in (self.rows, self.lab):
            with checker.lock:  # rows go on coming
                self._check_epochs(checker)
                for ticks in checker.ledger.epochs.values():
                    wrong = [(at, values) for at, (_, values) in ticks.items() if values != (at,)]
                    assert not wrong, f"not in the order of their numbers: {wrong[:5]}"
        with self.lab.lock:
            times_s = [
                time_ms / 1000
                for ticks in self.lab.ledger.epochs.values()
                for at, (time_ms, _) in ticks.items()
                if at > self._before
            ]
        # All are of the clock of Redis, whatever that of a process says.
        assert self._began_s - CLOCK_S < min(times_s) <= max(times_s) < time.time() + CLOCK_S

    def _check_epochs(self, checker):
        ledger = checker.ledger
        epochs = list(ledger.epochs)
        if not self._has_lost_data:
            assert len(epochs) == 1
            return
        old, new = epochs
        ledger.check_carried_over(old, new)
        assert not ledger.faults
        for track in checker.tracks:
            [(epoch, reason)] = track.renewals
            assert epoch == new
            assert LOST in reason


def reach(checker, offset):
    """Wait until all watch and have come to `offset`."""

    def is_reached():
        with checker.lock:
            has_come = all(track.position[1] >= offset for track in checker.tracks)
            return has_come and checker.watching == len(checker.tracks)

    checker.until(is_reached, f"all have come to {offset}", LIMIT_S)


def holder_of(members):
    """Return the member that runs the source, once one does, and then the others."""
    held = {}

    def is_found():
        held.clear()
        held.update((one, lease_of(one)) for one in members)
        return sum(held.values()) == 1

    wait_until(is_found, lambda: f"one that holds the lease: {held.values()}", LIMIT_S)
    return sorted(members, key=held.get, reverse=True)


def description(url, chart):
    return requests.get(f"{url}/api/charts/{chart}", timeout=LIMIT_S).json()


def lease_of(member):
    return metric(member, "lease_held")


def metric(member, name):
    """Return a metric, of all charts together."""
    text = requests.get(f"{member.url}/metrics", timeout=LIMIT_S).text
    found = [
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.partition("{")[0].partition(" ")[0] == f"chartserver_{name}"
    ]
    assert found, f"no {name} in the metrics"
    return sum(found)


def is_ready(member):
    return requests.get(f"{member.url}/readyz", timeout=LIMIT_S).status_code == 200
