"""An nginx before several processes, set up as the documentation says; it is tested with it."""

import os
import re
import shutil

from processes import ROOT, Process

PLACES = ("nginx", "/usr/sbin/nginx")
START_LIMIT_S = 20.0
FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """An nginx with two doors to the servers at `ports`: `urls`.

    Each door sends all who come from one address to one server, as `ip_hash` does. The second has
    the servers in another order: whoever comes by it is as one from another address.
    """

    def __init__(self, folder, ports, doors):
        self.urls = [f"http://127.0.0.1:{door}" for door in doors]
        config = folder / "nginx.conf"
        config.write_text(configuration(folder, ports, doors))
        self._process = Process([find_nginx(), "-p", folder, "-e", "stderr", "-c", config])
        self._process.lines_until("start worker process ", "stderr", START_LIMIT_S)

    def close(self):
        """End it, and check that it had nothing to say against what it was told."""
        self._process.popen.terminate()
        status = self._process.wait()
        said = self._process.told()
        self._process.kill()
        assert status == 0, said
        assert "[emerg]" not in said, said


def configuration(folder, ports, doors):
    """Return what the documentation shows, for these ports."""
    head, _, server = example("operations.md", "listen 443").partition("\n\n")
    upstream = example("scaling.md", "ip_hash;")
    first, second = re.findall(r"127\.0\.0\.1:\d+", upstream)
    servers = []
    for i, door in enumerate(doors):
        name, (one, other) = f"charts{i}", ports if i == 0 else ports[::-1]
        there = replaced(upstream, "upstream charts", f"upstream {name}")
        there = there.replace(first, f"127.0.0.1:{one}").replace(second, f"127.0.0.1:{other}")
        here = replaced(server, "listen 443 ssl", f"listen 127.0.0.1:{door}")
        here = replaced(here, "http://127.0.0.1:8000", f"http://{name}")
        # Its port is not that of HTTP.
        servers += [there, replaced(here, "Host $host", "Host $http_host")]
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in FOLDERS)
    return "\n".join(
        [
            f"daemon off; pid {folder}/pid; error_log stderr notice; {user}",
            "worker_processes 1; events { worker_connections 512; }",
            "http {",
            "access_log off;",
            *(temporary, head, *servers),
            "}",
        ]
    )


def example(page, text):
    """Return the block of nginx on a page of the documentation that has this text."""
    blocks = re.findall(
        r"^ *```nginx\n(.*?)^ *```", (ROOT / "docs" / page).read_text(), re.M | re.S
    )
    [found] = [block for block in blocks if text in block]
    return found


def replaced(text, old, new):
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times; expected it once"
    return text.replace(old, new)


def find_nginx():
    """Return the path of nginx."""
    for place in filter(None, (os.environ.get("NGINX_PROGRAM"), *PLACES)):
        if path := shutil.which(place):
            return path
    raise AssertionError("found no nginx; expected it from: apt-get install nginx-light")
