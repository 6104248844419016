"""What is unsafe is told before a server is started, and the worst of it when it is."""

import json

# This machine as well, but not in so many words: what is not known to be safe is not.
OPEN = "--host=127.1"
SAID = "may watch; see what is unsafe: chartserver check"


def test_a_server_in_the_open_says_so_once(serve):
    server = serve(OPEN)

    server.stop()

    assert [SAID in line for line in server.process.stderr_lines].count(True) == 1


def test_a_server_that_wants_a_token_or_is_not_in_the_open_says_nothing(serve):
    servers = [serve(OPEN, env={"CHARTSERVER_VIEW_TOKENS": "of-the-tests-alone"}), serve()]

    for server in servers:
        server.stop()
        assert not any(SAID in line for line in server.process.stderr_lines)


def test_a_deployment_is_checked_without_being_served(run):
    checked = run("check", "--json", "--strict", OPEN, "--chart=fx=walk", "--async-mode=eventlet")

    assert checked.wait() == 1
    found = json.loads("".join(checked.rest()))["findings"]
    assert [one["name"] for one in found if one["level"] == "warning"] == ["open_viewing"]
