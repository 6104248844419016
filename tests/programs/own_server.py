"""A server made in Python and served by somebody else's WSGI server: werkzeug or eventlet.

The source writes to stdout when it is started, and yields 1, 2, 3 … from there.
"""

import sys
import time

from chartserver import ChartServer

kind = sys.argv[1]
charts = ChartServer(async_mode=sys.argv[2])


@charts.source("beat", series=["n"])
def beat():
    print("source started", flush=True)
    n = 0
    while True:
        n += 1
        yield n
        time.sleep(0.1)


def say(port):
    print(f"serving on http://127.0.0.1:{port}", flush=True)


if kind == "werkzeug":
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, charts.app, threaded=True)
    say(server.port)
    server.serve_forever()
else:
    import eventlet
    import eventlet.wsgi

    sock = eventlet.listen(("127.0.0.1", 0))
    say(sock.getsockname()[1])
    eventlet.wsgi.server(sock, charts.app, log_output=False)
