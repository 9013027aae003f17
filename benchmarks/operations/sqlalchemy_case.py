"""SQLAlchemy over sqlite3: a statement with a parameter, on a connection that stays."""

from __future__ import annotations

import sqlalchemy

from benchmarks.operations.case import Case, opentelemetrys_tracer_provider

_STATEMENT = sqlalchemy.text("SELECT :number")


def case() -> Case:
    """Open a database in memory."""
    engine = sqlalchemy.create_engine("sqlite://")
    connection = engine.connect()

    def run(count: int) -> None:
        for number in range(count):
            connection.execute(_STATEMENT, {"number": number}).all()

    def opentelemetry() -> None:
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

        SQLAlchemyInstrumentor().instrument(
            engine=engine,
            tracer_provider=opentelemetrys_tracer_provider(),
            skip_dep_check=True,  # it refuses SQLAlchemy 2.1, which it follows all the same
        )

    return Case(run, "sqlalchemy", opentelemetry)
