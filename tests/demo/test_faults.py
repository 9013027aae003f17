"""The faults that the shop's comments name are real ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from demo.shop.catalogue import find_page, find_products, make_card
from demo.shop.database import Database
from demo.shop.recommendations import read_recommended


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collects the statements that run meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def run(database: Database, work: Callable[[Session], object]) -> list[str]:
    with statements(database) as seen, database.session() as session:
        work(session)
    return seen


def test_a_page_of_the_catalogue_runs_a_statement_for_each_product(database: Database) -> None:
    seen = run(database, lambda s: [make_card(product) for product in find_page(s, 1, None)])
    assert len([statement for statement in seen if "FROM reviews" in statement]) == 48


def test_a_search_reads_the_whole_table_of_terms(database: Database) -> None:
    (statement,) = run(database, lambda session: find_products(session, "lamp"))
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("lamp", 24, 0))
        steps = [row[3] for row in plan]
    assert "SCAN search_terms" in steps


def test_recommendations_read_the_same_setting_for_each_product(database: Database) -> None:
    seen = run(database, lambda session: read_recommended(session, [1, 2, 3, 4]))
    assert len([statement for statement in seen if "FROM settings" in statement]) == 4
