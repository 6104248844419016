"""The files of the pages: compressed, kept by browsers, and asked after."""

import gzip

import pytest
from flask import Flask

from chartserver.web.static_files import StaticFiles

LONG = "body { color: red }\n" * 100


@pytest.fixture
def root(tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text(LONG)
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a-page.js").write_text("export const a = 1;\n")
    (tmp_path / "js" / "odd-page.js").write_text("export default 1;\n")
    return tmp_path


@pytest.fixture
def app(root):
    app = Flask(__name__, static_folder=None)
    files = StaticFiles(root)
    files.install(app)
    app.add_url_rule("/url/<path:name>", "url", files.url)
    return app


def get(app, path, **headers):
    return app.test_client().get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_a_file_is_compressed_for_who_can_read_that(app):
    plain = get(app, "/static/css/a.css")
    packed = get(app, "/static/css/a.css", Accept_Encoding="br, gzip")

    assert plain.text == LONG
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).decode() == LONG
    assert len(packed.data) < len(plain.data) / 10
    assert {one.headers["Vary"] for one in (plain, packed)} == {"Accept-Encoding"}
    assert plain.content_type == "text/css; charset=utf-8"


def test_a_file_that_has_not_changed_is_not_sent_again(app, root):
    tag = get(app, "/static/css/a.css").headers["ETag"]

    assert get(app, "/static/css/a.css", If_None_Match=tag).status_code == 304
    (root / "css" / "a.css").write_text("changed")
    again = get(app, "/static/css/a.css", If_None_Match=tag)

    assert (again.status_code, again.text) == (200, "changed")


def test_only_what_is_named_by_its_tag_is_kept_for_good(app):
    address = get(app, "/url/css/a.css").text

    assert "immutable" in get(app, address).headers["Cache-Control"]
    assert get(app, "/static/css/a.css").headers["Cache-Control"] == "no-cache"
    assert get(app, "/static/css/a.css?v=other").headers["Cache-Control"] == "no-cache"


def test_modules_that_make_no_bundle_are_named_by_the_first(app):
    assert get(app, "/url/js/odd-page.bundle.js").text == "/static/js/odd-page.js"
    assert get(app, "/url/js/a-page.bundle.js").text.startswith("/static/js/a-page.bundle.js?v=")


def test_a_part_of_a_page_has_the_tag_of_what_is_in_it_and_the_page_names_it(app, root):
    (root / "js" / "b-page.js").write_text('import("./b.js");\n')
    (root / "js" / "b.js").write_text("export const b = 1;\n")
    first = get(app, "/url/js/b-page.bundle.js").text
    part = get(app, "/url/js/b-page.b.bundle.js").text

    assert part in get(app, first).text
    assert "b=1" in get(app, part).text
    assert "immutable" in get(app, part).headers["Cache-Control"]
    (root / "js" / "b.js").write_text("export const b = 22;\n")

    assert get(app, "/url/js/b-page.bundle.js").text != first
    assert "b=22" in get(app, get(app, "/url/js/b-page.b.bundle.js").text).text
    # A page that was opened before must not be given what is of another.
    assert get(app, part).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *(
            "nope.css",
            "../a.css",
            "css",
            "css/a%00.css",
            "css/nope.bundle.css",
            "js/odd-page.bundle.js",
        ),
        *(
            "js/nope-page.bundle.js",
            "js/a.bundle.js",
            "js/a-page.b.bundle.js",
            "css/a.css/b",
            "css/..%2f..%2fa.css",
        ),
    ],
)
def test_what_is_no_file_is_not_found(app, path):
    assert get(app, f"/static/{path}").status_code == 404
