"""The files of tests that take longest, the longest first.

They are begun first, so that no worker of several is left alone with one of them at the end.
"""

SLOWEST = (
    "abuse/test_packet_attacks.py",
    "abuse/test_schemathesis.py",
    "wire/test_watch.py",
    "browser/test_together.py",
    "abuse/test_http_malformed.py",
    "browser/test_sign_in_page.py",
    "abuse/test_http_layer.py",
    "browser/test_reading.py",
    "abuse/test_generated_packets.py",
    "browser/test_looking_back.py",
    "abuse/test_eight_faults.py",
    "shared/test_faults_of_deployments.py",
    "wire/test_push_restarts.py",
    "browser/test_for_everybody.py",
    "shared/test_faults_of_silence.py",
    "browser/test_everywhere.py",
    "package/test_wheel.py",
    "abuse/test_websocket_layer.py",
)


def sort(items, root):
    """Put the tests of the slowest files first; all others stay in their order."""
    places = {root / name: i for i, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
