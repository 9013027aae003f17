from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy import (
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.pool import QueuePool

router = APIRouter()

_folder = tempfile.TemporaryDirectory(prefix="stock-")
engine = create_engine(
    f"sqlite:///{Path(_folder.name) / 'stock.sqlite3'}",
    poolclass=QueuePool,
    pool_size=20,
    connect_args={"check_same_thread": False},
)
metadata = MetaData()
products = Table(
    "products",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String),
    Column("category", Integer),
)
prices = Table(
    "prices",
    metadata,
    Column("product_id", Integer, primary_key=True),
    Column("amount", Float),
)
settings = Table(
    "settings", metadata, Column("name", String, primary_key=True), Column("value", String)
)
words = Table("words", metadata, Column("word", String), Column("product_id", Integer))
PRODUCTS, WORDS = 500, 1_500_000


def fill() -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            products.insert(),
            [{"id": n, "name": f"product {n}", "category": n % 7} for n in range(PRODUCTS)],
        )
        connection.execute(
            prices.insert(), [{"product_id": n, "amount": n / 3} for n in range(PRODUCTS)]
        )
        connection.execute(settings.insert(), [{"name": "currency", "value": "EUR"}])
        connection.execute(
            text(
                "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers"
                f" WHERE n < {WORDS}) INSERT INTO words"
                f" SELECT 'word' || (n % 9973), n % {PRODUCTS} FROM numbers"
            )
        )


fill()


def price_of(connection: Connection, product_id: int) -> float:
    row = connection.execute(select(prices.c.amount).where(prices.c.product_id == product_id))
    return float(row.scalar_one())


def page_of(connection: Connection, page: int) -> Iterator[tuple[int, str]]:
    first = page % 10 * 40
    rows = connection.execute(
        select(products.c.id, products.c.name).where(
            products.c.id >= first, products.c.id < first + 40
        )
    )
    return iter([(row.id, row.name) for row in rows])


@router.get("/stock/pages/{page}")
def stock_page(page: int) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [
            {"id": number, "name": name, "price": price_of(connection, number)}
            for number, name in page_of(connection, page)
        ]


@router.get("/stock/joined/{page}")
def joined_page(page: int) -> list[dict[str, object]]:
    with engine.connect() as connection:
        ids = dict(page_of(connection, page))
        found = connection.execute(
            select(prices.c.product_id, prices.c.amount).where(prices.c.product_id.in_(list(ids)))
        )
        return [{"id": row[0], "name": ids[row[0]], "price": row[1]} for row in found]


def currency(connection: Connection) -> str:
    found = connection.execute(select(settings.c.value).where(settings.c.name == "currency"))
    return str(found.scalar_one())


@router.get("/stock/labels")
def labels() -> list[str]:
    with engine.connect() as connection:
        return [f"{number} {currency(connection)}" for number in range(12)]


@router.get("/stock/labels-once")
def labels_once() -> list[str]:
    with engine.connect() as connection:
        known = currency(connection)
        return [f"{number} {known}" for number in range(12)]


@router.get("/stock/search/{number}")
def search(number: int) -> int:
    with engine.connect() as connection:
        chosen = select(words).where(words.c.word == f"word{number % 9973}")
        found = connection.execute(chosen.order_by(words.c.product_id))
        return len(found.fetchall())


@router.get("/stock/archive/{page}")
def archive(page: int) -> list[float]:
    with engine.connect() as connection:
        return [price_of(connection, number) for number, _ in page_of(connection, page)]


@router.get("/stock/yearly")
def yearly() -> int:
    with engine.connect() as connection:
        total = 0
        for digit in range(6):
            matching = select(func.count()).where(words.c.word.like(f"%{digit}%"))
            total += connection.execute(matching).scalar_one()
        return total


@router.get("/stock/one/{number}")
def one(number: int) -> dict[str, object]:
    with engine.connect() as connection:
        return {"id": number, "price": price_of(connection, number % PRODUCTS)}
