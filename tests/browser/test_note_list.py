"""The list of notes for who goes through it by keys."""

from urllib.request import Request, urlopen

FOCUSED = (
    "() => document.activeElement.closest('#notes li')?.querySelector('.note-text').textContent"
)


def write(server, text):
    url = f"{server.url}/api/charts/fx/notes"
    body = f'{{"text": "{text}"}}'.encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
        assert answer.status == 201


def test_the_focus_stays_while_notes_come_and_goes_on_when_they_are_deleted(serve, view):
    server = serve("--chart=fx=walk?interval_s=0.1")
    for n in range(4):
        write(server, f"note {n}")
    viewing = view(f"{server.url}/fx")
    viewing.wait_for(notes=4)
    viewing.page.focus("#notes li:nth-child(2) .note-remove")

    write(server, "note 4")
    viewing.wait_for(notes=5)
    kept = viewing.page.evaluate(FOCUSED)
    told = []
    for left in (4, 3, 2):
        viewing.page.keyboard.press("Enter")
        viewing.wait_for(notes=left)
        told.append(viewing.page.evaluate(FOCUSED))

    assert kept == "note 2"
    assert told == ["note 1", "note 0", "note 3"]
    assert viewing.page.locator("#notes .note-text").all_text_contents() == ["note 4", "note 3"]
