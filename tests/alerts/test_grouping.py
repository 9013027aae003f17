"""Which alerts are one incident, and which cause it names."""

from __future__ import annotations

import pytest

from api_performance.alerts.grouping import STORM_PREFIX, Incident, incidents
from api_performance.analysis.reading import Reading
from api_performance.model import Endpoint, Instance
from api_performance.stores.base import Batch, InstanceState
from api_performance.stores.memory import MemoryStore
from tests.alerts.making import CHECKOUT, Rounds, breached, clear, notices

SELECT = "operation:SELECT * FROM stock"


def reading(number: int, **changes: object) -> Reading:
    subject = {"subject": f"c0ffee00{number:04}", "name": f"GET /{number}"}
    return breached(CHECKOUT, **{**subject, "text": f"/{number} is slow.", **changes})


@pytest.fixture
def rounds() -> Rounds:
    return Rounds(MemoryStore())


def found(rounds: Rounds) -> list[Incident]:
    return incidents(rounds.book.alerts.values())


def test_alerts_that_share_a_cause_are_one_incident_that_names_it(rounds: Rounds) -> None:
    rounds.read(reading(1, causes=(SELECT, "instance:a")), reading(2, causes=(SELECT,)))
    rounds.read(
        reading(1, causes=(SELECT, "instance:a")),
        reading(2, causes=(SELECT,)),
        reading(3, causes=("error:KeyError", SELECT)),
    )
    (incident,) = found(rounds)
    assert incident.cause == "the operation SELECT * FROM stock"
    assert incident.evidence == [
        "the operation SELECT * FROM stock goes with 3 of 3 alerts",
        *("/1 is slow.", "/2 is slow.", "/3 is slow."),
    ]
    (notice,) = notices(rounds.store)
    assert notice.title == "warning, GET /1 and 1 more: /1 is slow"
    assert notice.text.startswith("Likely cause: the operation SELECT * FROM stock.\n")


def test_a_status_explains_nothing_but_what_several_have_in_common(rounds: Rounds) -> None:
    one, other = (reading(number, causes=("status:503",)) for number in (1, 2))
    rounds.read(one)
    assert [each.cause for each in found(rounds)] == ["/1 is slow."]
    rounds.read(one, other)
    assert [each.cause for each in found(rounds)] == ["answers with status 503"]


def test_alerts_without_anything_in_common_are_incidents_of_their_own(rounds: Rounds) -> None:
    rounds.read(reading(1, causes=("error:KeyError",)), reading(2, causes=(SELECT,)))
    assert len(found(rounds)) == 2


def test_what_begins_much_later_is_an_incident_of_its_own(rounds: Rounds) -> None:
    rounds.read(reading(1, causes=(SELECT,)))
    rounds.read(reading(1, causes=(SELECT,)), seconds=599.0)
    rounds.read(reading(1, causes=(SELECT,)), reading(2, causes=(SELECT,)), seconds=1.0)
    assert len(found(rounds)) == 2


def test_slowness_and_errors_of_an_endpoint_are_one_incident_and_errors_explain_it(
    rounds: Rounds,
) -> None:
    slow = reading(1)
    errors = reading(1, rule="errors", metric="error_ratio", unit="ratio", value=0.5, bound=0.01)
    rounds.read(slow)
    rounds.read(slow, errors)
    (incident,) = found(rounds)
    assert [alert.metric_type for alert in incident.alerts] == ["error_ratio", "response_time_p95"]
    assert rounds.told() == ["firing"]


@pytest.mark.parametrize("whole", ["service:shop", "store", "web-1"])
def test_trouble_of_the_whole_explains_that_of_its_endpoints(rounds: Rounds, whole: str) -> None:
    endpoint = Endpoint("GET", "/1", service="shop")
    state = InstanceState(Instance("shop", "1", "", "web-1", 1, 0.0), 0.0, 1)
    rounds.store.append(Batch(state, 1, (), [endpoint]))
    of_endpoint = reading(1, subject=endpoint.id, causes=("instance:web-1",))
    of_whole = reading(2, subject=whole, name=whole, rule="whole", text=f"{whole} is in trouble.")
    rounds.read(of_endpoint)
    rounds.read(of_endpoint, of_whole)
    (incident,) = found(rounds)
    assert incident.root.subject == whole
    assert incident.cause == f"{whole} is in trouble."
    assert rounds.told() == ["firing"]


def test_another_service_in_trouble_explains_nothing(rounds: Rounds) -> None:
    endpoint = Endpoint("GET", "/1", service="shop")
    state = InstanceState(Instance("shop", "1", "", "web-1", 1, 0.0), 0.0, 1)
    rounds.store.append(Batch(state, 1, (), [endpoint]))
    other = reading(2, subject="service:billing", name="billing", rule="whole")
    rounds.read(reading(1, subject=endpoint.id), other)
    assert len(found(rounds)) == 2


def test_a_storm_is_one_message_and_one_end(rounds: Rounds) -> None:
    many = [reading(number) for number in range(60)]
    rounds.read(*many)
    (storm,) = found(rounds)
    assert storm.id.startswith(STORM_PREFIX)
    assert len(storm.alerts) == 60
    rounds.read(*many, *(reading(number) for number in range(60, 90)))
    assert rounds.told() == ["firing"]
    rounds.read(*(clear(reading(number)) for number in range(90)))
    assert rounds.told() == ["firing", "resolved"]
    notice = next(each for each in notices(rounds.store) if each.incident == storm.id)
    assert notice.title.endswith("and 59 more: 60 alerts at once that have no cause in common")
    assert notice.text.startswith("60 alerts at once that have no cause in common.")
    assert "and 50 more" in notice.text


def test_a_storm_that_rises_slowly_begins_with_the_sixth_incident(rounds: Rounds) -> None:
    for count in range(1, 9):
        rounds.read(*(reading(number) for number in range(count)))
    assert sorted(len(each.alerts) for each in found(rounds)) == [1, 1, 1, 1, 1, 3]
    assert rounds.told() == ["firing"] * 6


def test_an_incident_keeps_its_id_after_a_restart_and_when_it_returns(rounds: Rounds) -> None:
    rounds.read(reading(1))
    (first,) = found(rounds)
    rounds.restart()
    rounds.read(clear(reading(1)))
    rounds.read(reading(1), seconds=1800.0)
    assert [each.id for each in found(rounds)] == [first.id]
    rounds.read(clear(reading(1)))
    rounds.read(reading(1), seconds=4000.0)
    assert [each.id for each in found(rounds)] != [first.id]


def test_calls_of_one_server_fail_together(rounds: Rounds) -> None:
    pay = reading(1, causes=("operation:POST bank.example:443/payments",))
    confirm = reading(2, causes=("operation:GET bank.example:443/payments/{}",))
    elsewhere = reading(3, causes=("operation:GET mail.example/payments/{}",))
    rounds.read(pay)
    rounds.read(pay, confirm, elsewhere)
    assert sorted(len(each.alerts) for each in found(rounds)) == [1, 2]


def test_statements_that_begin_like_a_call_go_to_no_server(rounds: Rounds) -> None:
    one = reading(1, causes=("operation:DELETE FROM orders WHERE day = ?",))
    other = reading(2, causes=("operation:DELETE FROM carts WHERE day = ?",))
    rounds.read(one, other)
    assert len(found(rounds)) == 2


def test_the_processes_of_a_service_that_are_held_up_are_one_incident(rounds: Rounds) -> None:
    held = [
        breached(
            subject=f"web-1-{pid}-a",
            name=f"web-1:{pid} (shop)",
            rule="thread_pool",
            metric="thread_pool",
            text=f"Calls wait for a thread of web-1:{pid}.",
            causes=(f"instance:web-1-{pid}-a", "service:shop"),
        )
        for pid in (1, 2, 3)
    ]
    rounds.read(held[0])
    rounds.read(*held)
    (incident,) = found(rounds)
    assert incident.cause == "Calls wait for a thread of web-1:1."


def test_an_endpoint_that_waits_for_one_of_them_belongs_to_the_first(rounds: Rounds) -> None:
    def held(pid: int) -> Reading:
        return breached(
            subject=f"web-1-{pid}-a",
            name=f"web-1:{pid} (shop)",
            text=f"Calls wait for a thread of web-1:{pid}.",
            causes=(f"instance:web-1-{pid}-a", "service:shop"),
        )

    slow = reading(1, causes=("instance:web-1-2-a", "service:shop"))
    rounds.read(held(1))
    rounds.read(held(1), slow)
    rounds.read(held(1), slow, held(2))
    assert len(found(rounds)) == 1


def test_a_service_explains_less_than_what_is_named_beside_it(rounds: Rounds) -> None:
    both = ("operation:SELECT 1", "service:shop")
    rounds.read(reading(1, causes=both), reading(2, causes=("service:shop",)))
    (incident,) = found(rounds)
    assert incident.cause == "the operation SELECT 1"


def test_the_line_that_blocks_event_loops_is_the_cause_of_their_lateness(rounds: Rounds) -> None:
    line = "place:shop/listing.py:42 in listing"

    def of_process(pid: int, metric: str, *causes: str) -> Reading:
        its = f"instance:web-1-{pid}-a", "service:shop"
        subject, name = f"web-1-{pid}-a", f"web-1:{pid} (shop)"
        return breached(
            subject=subject, name=name, rule=metric, metric=metric, causes=(*causes, *its)
        )

    late = of_process(1, "loop_lag", "place:elsewhere.py:1 in once")
    rounds.read(late)
    assert [each.cause for each in found(rounds)] == [late.text]
    rounds.read(late, *(of_process(pid, "loop_blocked", line) for pid in (1, 2)))
    (incident,) = found(rounds)
    assert incident.cause == "the event loop, which shop/listing.py:42 in listing blocks"
