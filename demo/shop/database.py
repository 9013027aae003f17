"""The shop's connection to SQLite, and how routes and coroutines reach it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, cast

from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One worker's pool of connections to the database file."""

    def __init__(self, path: Path) -> None:
        """Open `path`, which is made if absent."""
        self.engine = connect(path)

    def session(self) -> Session:
        """A new session; the caller closes it."""
        return Session(self.engine)

    async def run(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `work(session, ...)` in a thread, so that the event loop goes on meanwhile."""

        def in_session() -> T:
            with self.session() as session:
                return work(session, *args, **kwargs)

        return await run_in_threadpool(in_session)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(path: Path) -> Engine:
    """An engine over the SQLite file at `path`, with readers that do not wait for a writer."""
    engine = create_engine(f"sqlite:///{path}", pool_size=10, max_overflow=30)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # Any: the driver's own type
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def get_database(connection: HTTPConnection) -> Database:
    """The database of the app that answers this request."""
    return cast(Database, connection.app.state.database)


def get_session(connection: HTTPConnection) -> Iterator[Session]:
    """A session for the length of one request."""
    with get_database(connection).session() as session:
        yield session


DatabaseDependency = Annotated[Database, Depends(get_database)]
SessionDependency = Annotated[Session, Depends(get_session)]
