"""Numbers that are pushed to whichever server answers, until each is acknowledged, and noted."""

import collections
import itertools
import threading
import uuid

import requests

LIMIT_S = 60.0
TRY_S = 5.0
PAUSE_S = 0.1


class Pushes:
    """Pushes 1, 2, 3, … to `chart`, one after the other, from now on until `stop`.

    Each goes to the next of `urls`, and to the next again under the same key until one of them
    says that it has it, as a good client does, also when there is no answer in `try_s`. `urls` may
    be changed while it runs.

    Attributes:
        acknowledged: positions (epoch, offset) by the values.
        statuses: how often each HTTP status came; 0 for no answer.
        retry_after: how often each `Retry-After` came, of answers that were not yes.
    """

    def __init__(self, urls, chart, pause_s=0.01, first=1, try_s=TRY_S):
        self.urls = list(urls)
        self.acknowledged = {}
        self.statuses = collections.Counter()
        self.retry_after = collections.Counter()
        self._path = f"/api/charts/{chart}/ticks"
        self._pause_s, self._try_s = pause_s, try_s
        self._numbers = itertools.count(first)
        self._turns = itertools.count()
        self._is_over = threading.Event()
        self._given_up = threading.Event()
        self._run_id = uuid.uuid4().hex
        self._session = requests.Session()
        self._thread = threading.Thread(target=self._run, name="pushes", daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.give_up()
        else:
            self.stop()

    def give_up(self):
        """End without the last one: the test has failed."""
        self._given_up.set()
        self.stop()

    def stop(self):
        """Wait until the last one is acknowledged; return how many there are."""
        self._is_over.set()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive(), f"the last push is not acknowledged: {self.statuses}"
        self._session.close()
        return len(self.acknowledged)

    def _run(self):
        while not self._is_over.wait(self._pause_s):
            value = float(next(self._numbers))
            while not self._push(value) and not self._given_up.wait(PAUSE_S):
                pass

    def _push(self, value):
        urls = self.urls
        url = urls[next(self._turns) % len(urls)]
        try:
            answer = self._session.post(
                url + self._path,
                json={"n": value},
                headers={"Idempotency-Key": f"{self._run_id}-{value:g}"},
                timeout=self._try_s,
            )
        except requests.RequestException:
            self.statuses[0] += 1
            return False
        self.statuses[answer.status_code] += 1
        if answer.status_code != 200:
            self.retry_after[answer.headers.get("Retry-After")] += 1
            return False
        told = answer.json()
        self.acknowledged[value] = (told["epoch"], told["offset"])
        return True
