"""A changed version among the processes marks a deploy by itself."""

from __future__ import annotations

from tests.changes.making import Fleet
from tests.queries.making import START


def rolled_out(fleet: Fleet) -> None:
    """Version 1 ran, then a process of version 2 began beside it."""
    fleet.runs("1", START - 3600)
    fleet.judge()
    fleet.service.clock.advance(100)
    fleet.runs("1", START - 3600)
    fleet.runs("2", START + 90)
    fleet.judge()


def test_the_version_that_runs_when_measuring_begins_is_no_deploy() -> None:
    fleet = Fleet()
    fleet.runs("1", START - 3600)
    fleet.judge()
    assert fleet.told() == []


def test_a_new_version_is_a_deploy_since_its_first_process_began() -> None:
    fleet = Fleet()
    rolled_out(fleet)
    (deploy,) = fleet.book.all()
    assert (deploy.version, deploy.previous, deploy.at) == ("2", "1", START + 90)


def test_it_is_marked_once_whoever_judges_and_however_often() -> None:
    fleet = Fleet()
    rolled_out(fleet)
    fleet.runs("2", START + 95)
    assert [fleet.judge() for _ in range(3)] == [[], [], []]
    assert fleet.told() == [("2", "1")]


def test_old_workers_of_a_rolling_deploy_mark_nothing() -> None:
    fleet = Fleet()
    rolled_out(fleet)
    fleet.service.clock.advance(10)
    fleet.runs("1", START + 105)
    fleet.runs("2", START + 90)
    assert fleet.judge() == []


def test_a_version_that_comes_back_is_a_deploy_once_the_newer_one_has_left() -> None:
    fleet = Fleet()
    rolled_out(fleet)
    fleet.runs("2", START + 90, has_ended=True)
    fleet.service.clock.advance(30)
    fleet.runs("1", START + 120)
    assert fleet.judge() == []
    fleet.service.clock.advance(40)
    fleet.runs("1", START + 120)
    fleet.judge()
    assert fleet.told() == [("2", "1"), ("1", "2")]
    assert fleet.judge() == []


def test_a_version_marked_ahead_of_its_processes_is_not_taken_back() -> None:
    fleet = Fleet()
    fleet.runs("1", START - 3600)
    fleet.judge()
    fleet.mark("2")
    fleet.service.clock.advance(300)
    fleet.runs("1", START - 3600)
    assert fleet.judge() == []
    fleet.runs("2", START + 290)
    fleet.judge()
    assert fleet.told() == [("2", "1")]


def test_versions_marked_by_hand_alone_leave_those_of_the_processes_in_peace() -> None:
    fleet = Fleet()
    fleet.runs("0.1.0", START - 3600)
    fleet.mark("abc123")
    fleet.judge()
    fleet.service.clock.advance(600)
    fleet.runs("0.1.0", START + 590)
    fleet.mark("def456")
    assert fleet.judge() == []
    assert fleet.told() == [("abc123", "0.1.0"), ("def456", "abc123")]
