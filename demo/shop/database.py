"""The shop's connection to SQLite, and how routes and coroutines reach it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, cast

from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 40
# Fault, a pool that is too small: all carts of a worker share one connection, and the checkout
# keeps it while the third party takes the money. Nobody's cart opens meanwhile.
TILL_CONNECTIONS = 1


class Database:
    """One worker's pool of connections to the database file."""

    def __init__(self, path: Path, connections: int = CONNECTIONS) -> None:
        """Open `path`, which is made if absent, up to `connections` times at once."""
        self.engine = connect(path, connections)

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

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Session]:
        """A session that keeps its connection from now on; to be used in threads."""
        with self.session() as session:
            await run_in_threadpool(session.connection)
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(path: Path, connections: int = CONNECTIONS) -> Engine:
    """An engine over the SQLite file at `path`, with readers that do not wait for a writer."""
    kept = min(connections, 10)
    engine = create_engine(f"sqlite:///{path}", pool_size=kept, max_overflow=connections - kept)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # Any: the driver's own type
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def get_database(connection: HTTPConnection) -> Database:
    """The database of the app that answers this request."""
    return cast(Database, connection.app.state.database)


def get_till(connection: HTTPConnection) -> Database:
    """The carts' and the checkout's way to the database."""
    return cast(Database, connection.app.state.till)


def get_session(connection: HTTPConnection) -> Iterator[Session]:
    """A session for the length of one request."""
    with get_database(connection).session() as session:
        yield session


def get_till_session(connection: HTTPConnection) -> Iterator[Session]:
    """A session on the till's connection for the length of one request."""
    with get_till(connection).session() as session:
        yield session


DatabaseDependency = Annotated[Database, Depends(get_database)]
SessionDependency = Annotated[Session, Depends(get_session)]
TillDependency = Annotated[Database, Depends(get_till)]
TillSessionDependency = Annotated[Session, Depends(get_till_session)]
