"""Deploys are kept as events, and marks of the same version are one deploy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.changes.deploys import Deploy, MarkSource, Place, as_event, folded
from api_performance.errors import ConfigError
from tests.changes.making import Fleet
from tests.queries.making import START

SHOP = Place("shop", "live")


def a_mark(version: str, at: float, source: MarkSource, note: str = "") -> Deploy:
    return Deploy(at, SHOP, version, source.value, note, source)


def test_a_marked_deploy_has_author_note_and_the_version_before() -> None:
    fleet = Fleet()
    fleet.runs("1", START - 60)
    fleet.judge()
    fleet.mark("2", author="ann", note="new search")
    (deploy,) = fleet.book.all()
    assert (deploy.version, deploy.previous, deploy.at) == ("2", "1", START)
    assert (deploy.author, deploy.note, deploy.place) == ("ann", "new search", SHOP)


def test_the_same_version_marked_again_is_one_deploy_with_the_newer_note() -> None:
    fleet = Fleet()
    fleet.runs("1", START - 60)
    fleet.mark("2", note="rolling out")
    fleet.service.clock.advance(60)
    again = fleet.mark("2", author="bob", note="done")
    (deploy,) = fleet.book.all()
    assert deploy == again
    assert (deploy.at, deploy.author, deploy.note) == (START, "bob", "done")


def test_a_mark_of_an_operator_names_what_the_processes_told() -> None:
    fleet = Fleet()
    fleet.runs("1", START - 60)
    fleet.judge()
    fleet.service.clock.advance(60)
    fleet.runs("2", START + 30)
    fleet.judge()
    deploy = fleet.mark("2", author="ann", note="new search")
    assert (deploy.at, deploy.author, deploy.source) == (START + 30, "ann", MarkSource.OPERATOR)
    assert fleet.told() == [("2", "1")]


def test_a_service_that_was_measured_alone_need_not_be_named() -> None:
    fleet = Fleet()
    with pytest.raises(ConfigError, match="none measured anything yet"):
        fleet.mark("2")
    assert fleet.mark("2", service="shop").place == Place("shop", "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"version": " "}, "version = '' is refused"),
        ({"version": "2", "at": START + 3600}, "not to come"),
        ({"version": "2", "at": 0.0}, "last 400 days"),
    ],
)
def test_what_cannot_be_is_refused_with_its_value(said: dict[str, object], words: str) -> None:
    fleet = Fleet()
    fleet.runs("1", START - 60)
    with pytest.raises(ConfigError, match=words):
        fleet.mark(**said)  # type: ignore[arg-type]  # as above
    assert fleet.book.all() == []


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.integers(0, 50), st.sampled_from(MarkSource)),
        unique_by=lambda mark: mark[1],
    )
)
def test_two_deploys_in_a_row_are_of_different_versions(
    marks: list[tuple[str, int, MarkSource]],
) -> None:
    events = [as_event(a_mark(version, float(at), source)) for version, at, source in marks]
    found = folded(events)
    assert found == folded([*events, *events])
    assert all(deploy.version != deploy.previous for deploy in found)
    assert [each.previous for each in found[1:]] == [each.version for each in found[:-1]]
    assert {each.version for each in found} == {version for version, _, _ in marks}


def test_an_event_that_another_version_wrote_is_left_out() -> None:
    event = as_event(a_mark("1", START, MarkSource.OPERATOR))
    object.__setattr__(event, "details", '{"what": 1}')
    assert folded([event]) == []
