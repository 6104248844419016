"""What tests of several kinds need."""

import pytest
from line import Line


@pytest.fixture
def lay_line():
    """Lay lines to ports, `lay_line(server.port)`, that can be cut."""
    lines = []

    def lay(port):
        lines.append(Line(port))
        return lines[-1]

    yield lay
    for line in lines:
        line.close()
