"""The fingerprint of an outgoing call holds no value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.instrumentation import http_text
from api_performance.instrumentation.http_text import call_of, call_to, template_of
from api_performance.measure import operations


@pytest.fixture(autouse=True)
def _in_a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered for the life of a process is filled to its bounds here."""
    monkeypatch.setattr(operations, "_known", {})
    monkeypatch.setattr(http_text, "_operations", {})
    monkeypatch.setattr(http_text, "_templates", {})


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("", "/"),
        ("/", "/"),
        ("/items/42", "/items/{}"),
        ("/items/42/", "/items/{}/"),
        ("/v1/users/alice@example.org/orders", "/v1/users/{}/orders"),
        ("/v2.1/users/alice%40example.org", "/v2.1/users/{}"),
        ("/api/v1beta2/getItems/byId", "/api/v1beta2/getItems/byId"),
        ("/oauth2/token", "/oauth2/token"),
        ("/_search/scroll", "/_search/scroll"),
        ("/.well-known/openid-configuration", "/.well-known/openid-configuration"),
        ("/static/jquery.min.js", "/static/jquery.min.js"),
        ("/v1/things:batchGet", "/v1/things:batchGet"),
        ("/o/123e4567-e89b-12d3-a456-426614174000", "/o/{}"),
        ("/o/deadbeef", "/o/{}"),
        ("/o/QWxhZGRpbjpvcGVu", "/o/{}"),
        ("/o/dGhpc2lzYXNlY3JldA==", "/o/{}"),
        ("/o/abcdefghijklmnopqrstuvwxyzabcdefgh", "/o/{}"),
        ("/posts/how-to-make-tea-at-home", "/posts/{}"),
        ("/cards/4111111111111111", "/cards/{}"),
        ("/a;jsessionid=secret/b", "/{}/b"),
        ("/items?key=hunter", "/items"),
        ("/items#hunter", "/items"),
        ("/a/b/c/d/e/f/g/h/i/j/k/l", "/a/b/c/d/e/f/g/h/i/j/…"),
    ],
)
def test_a_segment_that_may_be_a_value_is_left_out(path: str, template: str) -> None:
    assert template_of(path) == template


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://api.host.example:443/items/1?token=x#y", "GET api.host.example/items/{}"),
        ("http://api.host.example:80", "GET api.host.example/"),
        ("https://api.host.example:8443/items", "GET api.host.example:8443/items"),
        ("https://alice:hunter2@API.host.example/items", "GET api.host.example/items"),
        ("http://[::1]:8000/items", "GET [::1]:8000/items"),
    ],
)
def test_of_the_address_only_host_and_unusual_port_are_kept(url: str, text: str) -> None:
    assert call_of("GET", url).text == text


def test_a_relative_address_is_none() -> None:
    with pytest.raises(ValueError, match="host"):
        call_of("GET", "/items")


def test_a_method_that_is_no_word_is_left_out() -> None:
    assert call_to("hunter2 x", "host.example", "/").text == "? host.example/"


def test_a_host_has_a_bounded_number_of_templates() -> None:
    words = [f"{a}{b}" for a in "abcdefghijkl" for b in "mnopqrstuvwx"]
    texts = {call_to("GET", "many.example", f"/users/{word}").text for word in words}
    assert len(texts) == http_text.MAX_TEMPLATES + 1
    assert "GET many.example/(other)" in texts


def test_what_is_remembered_is_bounded() -> None:
    for number in range(http_text.MAX_REMEMBERED + 10):
        call_to("GET", "ids.example", f"/{number}")
    assert len(http_text._operations) == http_text.MAX_REMEMBERED


def test_a_host_for_each_customer_leaves_room_for_others() -> None:
    texts = {call_to("GET", f"customer{number}.example", "/").text for number in range(1_000)}
    assert len(texts) == http_text.MAX_HOSTS + 1
    assert "GET (other)" in texts


@given(st.text("0123456789abcdefABCDEF-@%+=,~", min_size=1).filter(lambda s: not s.isalpha()))
def test_no_number_survives(value: str) -> None:
    template = template_of(f"/items/{value}")
    assert not any(character in template for character in "0123456789@%+=,~")
