from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)

router = APIRouter(prefix="/orders")

_folder = tempfile.TemporaryDirectory(prefix="orders-")
_file = Path(_folder.name) / "orders.sqlite3"
engine = create_engine(f"sqlite:///{_file}", connect_args={"check_same_thread": False})
ORDERS, LOGGED = 300, 1_200_000


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    lines: Mapped[list[Line]] = relationship(back_populates="order")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    goods: Mapped[str]
    order: Mapped[Order] = relationship(back_populates="lines")


def fill() -> None:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Order(id=n, customer=f"customer {n % 50}") for n in range(1, ORDERS + 1))
        session.add_all(Line(order_id=n % ORDERS + 1, goods=f"goods {n}") for n in range(900))
        session.commit()
    with closing(sqlite3.connect(_file)) as connection:
        connection.execute("CREATE TABLE log (at INTEGER, kind TEXT, text TEXT)")
        connection.execute("CREATE TABLE rates (currency TEXT PRIMARY KEY, rate REAL)")
        connection.execute("INSERT INTO rates VALUES ('EUR', 1.0), ('USD', 1.1)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO log SELECT i, 'kind' || (i % 4001), 'text ' || i FROM n",
            (LOGGED,),
        )
        connection.commit()


fill()


def some(session: Session, page: int) -> list[Order]:
    first = page % 9 * 30
    return list(session.scalars(select(Order).where(Order.id > first, Order.id <= first + 30)))


@router.get("/lazy/{page}")
def lazy(page: int) -> dict[str, list[str]]:
    with Session(engine) as session:
        return {f"{each.id}": [line.goods for line in each.lines] for each in some(session, page)}


@router.get("/eager/{page}")
def eager(page: int) -> dict[str, list[str]]:
    first = page % 9 * 30
    chosen = select(Order).where(Order.id > first, Order.id <= first + 30)
    with Session(engine) as session:
        found = session.scalars(chosen.options(selectinload(Order.lines)))
        return {f"{each.id}": [line.goods for line in each.lines] for each in found}


@router.get("/log/{number}")
def log(number: int) -> list[str]:
    with closing(sqlite3.connect(_file)) as connection:
        rows = connection.execute(
            "SELECT text FROM log WHERE kind = ? ORDER BY at", (f"kind{number}",)
        )
        return [text for (text,) in rows]


def rate(connection: sqlite3.Connection, currency: str) -> float:
    row = connection.execute("SELECT rate FROM rates WHERE currency = ?", (currency,)).fetchone()
    return float(row[0])


@router.get("/totals")
def totals() -> list[float]:
    with closing(sqlite3.connect(_file)) as connection:
        return [number * rate(connection, "USD") for number in range(60)]


@router.get("/both")
def both() -> list[float]:
    with closing(sqlite3.connect(_file)) as connection:
        return [rate(connection, currency) for currency in ("EUR", "USD")]


@router.post("/imported")
def imported() -> int:
    rows = [(number, "imported", "text") for number in range(40)]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE log (at INTEGER, kind TEXT, text TEXT)")
        connection.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
        return len(rows)


def numbers() -> Iterator[int]:
    with closing(sqlite3.connect(_file)) as connection:
        yield from (row[0] for row in connection.execute("SELECT id FROM orders"))


@router.get("/numbers")
def all_numbers() -> int:
    return sum(1 for _ in numbers())
