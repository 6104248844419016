"""The headers of security are as OWASP recommends, on every answer.

Source: OWASP Secure Headers Project, the headers to add and those to remove. Not taken over:
Strict-Transport-Security, which is for whoever ends TLS; X-Frame-Options, which
`frame-ancestors` replaces and which cannot name origins.
"""

import http.client
from urllib.parse import urlsplit

LIMIT_S = 40.0
REQUESTS = [
    ("GET", "/", 200),
    ("GET", "/fx", 200),
    ("GET", "/classic", 200),
    ("GET", "/static/favicon.svg", 200),
    ("GET", "/api/charts", 200),
    ("GET", "/api/charts/fx/ticks?format=csv", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/healthz", 200),
    ("HEAD", "/fx", 200),
    ("OPTIONS", "/fx", 200),
    ("GET", "/socket.io/?EIO=4&transport=polling", 200),
    ("GET", "/socket.io/?EIO=3&transport=polling", 400),
    ("GET", "/api/charts/fx/ticks?points=0", 400),
    ("GET", "/nope", 404),
    ("GET", "/static/%2e%2e/setup.cfg", 404),
    ("GET", "/a/b/c", 404),
    ("DELETE", "/api/charts", 405),
    ("TRACE", "/", 405),
    ("GET", "/publish", 426),
    ("GET", "/fx?" + "a" * 20_000, None),
]
EXACTLY = {
    "x-content-type-options": "nosniff",
    "x-permitted-cross-domain-policies": "none",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What tells of the software, or has done harm since it was recommended.
NEVER = {
    "access-control-allow-origin",
    "expect-ct",
    "public-key-pins",
    "server",
    "x-powered-by",
    "x-xss-protection",
}
REFERRER_POLICIES = {"no-referrer", "same-origin"}
FEATURES = ("camera", "geolocation", "microphone")


def ask(url, method, path):
    """Return the status and the headers of an answer, as pairs, the names in small letters."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
    try:
        connection.request(method, path, headers={"Accept": "text/html,*/*;q=0.8"})
        response = connection.getresponse()
        response.read()
        return response.status, [(name.lower(), text) for name, text in response.getheaders()]
    finally:
        connection.close()


def policy_of(headers):
    """Return the Content-Security-Policy of an answer, by directive."""
    return dict(
        part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";")
    )


def test_every_answer_has_the_headers_that_owasp_recommends(serve):
    server = serve("--chart=fx=walk")

    for method, path, status in REQUESTS:
        got, pairs = ask(server.url, method, path)
        headers = dict(pairs)
        of = f"{method} {path[:60]}: {got} {headers}"
        assert status in (got, None), of
        assert len(headers) == len(pairs), of
        assert EXACTLY.items() <= headers.items(), of
        assert not NEVER & headers.keys(), of
        assert headers["referrer-policy"] in REFERRER_POLICIES, of
        assert all(f"{feature}=()" in headers["permissions-policy"] for feature in FEATURES), of


def test_every_answer_has_a_strict_content_security_policy(serve):
    server = serve("--chart=fx=walk")

    for method, path, _ in REQUESTS:
        _, pairs = ask(server.url, method, path)
        policy = policy_of(dict(pairs))
        of = f"{method} {path[:60]}: {policy}"
        assert policy["default-src"] == "'none'", of
        assert (policy["base-uri"], policy["object-src"]) == ("'none'", "'none'"), of
        assert policy["script-src"] == policy["style-src"] == "'self'", of
        assert policy["form-action"] in ("'none'", "'self'"), of
        assert policy["frame-ancestors"] in ("'none'", "'self'"), of
        assert "unsafe" not in str(policy), of
        assert "*" not in str(policy), of


def test_only_files_that_do_not_change_may_be_kept_and_ticks_not_used_unasked(serve):
    server = serve("--chart=fx=walk")

    for method, path, _ in REQUESTS:
        status, pairs = ask(server.url, method, path)
        wanted = "no-cache" if "/ticks" in path and status == 200 else "no-store"
        if not path.startswith("/static/favicon"):
            assert wanted in dict(pairs).get("cache-control", ""), f"{method} {path}: {pairs}"
