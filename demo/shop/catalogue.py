"""The catalogue: products, one product, categories, and the search."""

import json
import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.bad_day import Fault, switches
from demo.shop.cache import CacheDependency
from demo.shop.database import DatabaseDependency, SessionDependency
from demo.shop.models import Category, Product, SearchTerm

router = APIRouter(prefix="/catalogue", tags=["catalogue"])
search_router = APIRouter(prefix="/search", tags=["search"])

PAGE_SIZE = 48
FOUND_SIZE = 24
CACHE_SECONDS = 30

# On a bad day; see `demo/bad_day.py`.
DISK_SECONDS = 2.0
STOCK_SECONDS = 0.15
LEAKED_BYTES = 100_000
MOST_LEAKED = 5_000
leaked: list[bytes] = []


class CategoryOut(BaseModel):
    """A shelf of the shop."""

    id: int
    name: str


class ProductOut(BaseModel):
    """A product as a list shows it."""

    id: int
    name: str
    price_cents: int


class ProductCard(ProductOut):
    """A product as the catalogue shows it, with the average of its reviews' stars."""

    category: str
    stars: float | None


class Price(BaseModel):
    """A new price."""

    price_cents: Annotated[int, Field(gt=0)]


@router.get("/products", tags=["priority:high"])
def list_products(
    session: SessionDependency,
    page: Annotated[int, Query(ge=1, le=200)] = 1,
    category_id: int | None = None,
) -> list[ProductCard]:
    """A page of the catalogue, newest first."""
    wait_for_disk()
    products = find_page(session, page, category_id)
    # Fault, N+1: every card asks for its own product's reviews and category, so a page of 48
    # products runs some 60 statements where one with a join would do.
    return [make_card(product) for product in products]


def find_page(session: Session, page: int, category_id: int | None) -> list[Product]:
    """The products of one page, without anything that belongs to them."""
    statement = select(Product).order_by(Product.id.desc())
    if category_id is not None:
        statement = statement.where(Product.category_id == category_id)
    statement = statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return list(session.scalars(statement))


def wait_for_disk() -> None:
    """Take a while on a bad day."""
    if switches.is_on(Fault.FEW_THREADS):
        time.sleep(DISK_SECONDS)


def make_card(product: Product) -> ProductCard:
    """A product with what belongs to it."""
    stars = [review.stars for review in product.reviews]
    if switches.is_on(Fault.BROKEN_RELEASE):
        return card_of(product, sum(stars) / len(stars))  # of a product without any
    return card_of(product, sum(stars) / len(stars) if stars else None)


def card_of(product: Product, stars: float | None) -> ProductCard:
    """A product's card with its average of stars."""
    return ProductCard(
        id=product.id,
        name=product.name,
        price_cents=product.price_cents,
        category=product.category.name,
        stars=stars,
    )


@router.get("/products/{product_id}", openapi_extra={"x-priority": "high"})
async def get_product(
    product_id: int, cache: CacheDependency, database: DatabaseDependency
) -> ProductCard:
    """One product, from the cache if it was asked for in the last half minute."""
    if switches.is_on(Fault.BLOCKED_LOOP):
        time.sleep(STOCK_SECONDS)  # noqa: ASYNC251 (the fault itself)
    if switches.is_on(Fault.MEMORY_LEAK) and len(leaked) < MOST_LEAKED:
        leaked.append(b"x" * LEAKED_BYTES)
    key = f"product:{product_id}"
    cached = await cache.get(key)
    if cached is not None:
        return ProductCard.model_validate(json.loads(cached))
    card = await database.run(read_card, product_id)
    if card is None:
        raise HTTPException(404, f"There is no product {product_id}.")
    await cache.set(key, card.model_dump_json().encode(), CACHE_SECONDS)
    return card


def read_card(session: Session, product_id: int) -> ProductCard | None:
    """One product with what belongs to it, if it exists."""
    product = session.get(Product, product_id)
    return make_card(product) if product else None


@router.get("/categories")
def list_categories(session: SessionDependency) -> list[CategoryOut]:
    """The shelves of the shop."""
    # Fault, repeated identical reads: the twelve categories change once a year, and every page
    # view reads them from the database again.
    return [CategoryOut(id=shelf.id, name=shelf.name) for shelf in read_categories(session)]


def read_categories(session: Session) -> list[Category]:
    """All categories by name."""
    return list(session.scalars(select(Category).order_by(Category.name)))


@router.put("/products/{product_id}/price")
def change_price(product_id: int, body: Price, session: SessionDependency) -> ProductOut:
    """Give a product a new price. Nobody in the demo does."""
    product = session.get(Product, product_id)
    if product is None:
        raise HTTPException(404, f"There is no product {product_id}.")
    product.price_cents = body.price_cents
    session.commit()
    return ProductOut(id=product.id, name=product.name, price_cents=product.price_cents)


@search_router.get("", tags=["priority:high"])
def search(
    session: SessionDependency, q: Annotated[str, Query(min_length=2, max_length=40)]
) -> list[ProductOut]:
    """Products that a word finds, cheapest first."""
    # Fault, a missing index: see `SearchTerm`.
    wait_for_disk()
    if switches.is_on(Fault.REBUILT_INDEX):
        raise HTTPException(503, "The index is being rebuilt.")
    return [
        ProductOut(id=found.id, name=found.name, price_cents=found.price_cents)
        for found in find_products(session, q.lower())
    ]


def find_products(session: Session, term: str) -> list[Product]:
    """The cheapest products that have this word."""
    statement = (
        select(Product)
        .join(SearchTerm, SearchTerm.product_id == Product.id)
        .where(SearchTerm.term == term)
        .order_by(Product.price_cents)
        .limit(FOUND_SIZE)
    )
    return list(session.scalars(statement))
