"""The page's files lie packed, and everybody gets what they can read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from api_performance.server import page

SCRIPT = "console.log('hello');\n" * 50


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A page of one script, which lies packed, and one font."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/page-Ab1.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "assets/font-Ab1.woff2").write_bytes(b"a font")
    monkeypatch.setattr(page, "STATIC", tmp_path)
    with TestClient(Starlette(routes=[Mount("/", page.PageFiles())])) as client:
        yield client


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None)])
def test_a_script_is_unpacked_only_for_who_does_not_take_gzip(
    files: TestClient, accepted: str, encoding: str | None
) -> None:
    answer = files.get("/assets/page-Ab1.js", headers={"Accept-Encoding": accepted})
    assert answer.text == SCRIPT
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (answer.headers["vary"], answer.headers["cache-control"]) == (
        "Accept-Encoding",
        page.IMMUTABLE,
    )


def test_a_script_that_the_browser_has_is_not_sent_again(files: TestClient) -> None:
    first = files.get("/assets/page-Ab1.js")
    again = files.get("/assets/page-Ab1.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_other_files_are_as_they_lie(files: TestClient) -> None:
    answer = files.get("/assets/font-Ab1.woff2")
    assert answer.content == b"a font"
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == page.IMMUTABLE


@pytest.mark.parametrize("path", ["/assets/none.js", "/index.html", "/", "/..%2fpage.py"])
def test_what_is_no_file_is_not_found(files: TestClient, path: str) -> None:
    assert files.get(path).status_code == 404
