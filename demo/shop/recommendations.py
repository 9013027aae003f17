"""Products that go with a product, as the third party recommends them."""

from typing import Annotated

import httpx
from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.shop.database import DatabaseDependency
from demo.shop.models import Product, Setting
from demo.shop.partner import PartnerDependency

router = APIRouter(prefix="/recommendations", tags=["recommendations"])


class Recommended(BaseModel):
    """A recommended product with its price in the shop's currency."""

    id: int
    name: str
    price: str


@router.get("")
async def recommend(
    product_id: Annotated[int, Query(ge=1)],
    database: DatabaseDependency,
    partner: PartnerDependency,
) -> list[Recommended]:
    """Products that go with this one."""
    # Fault, a slow third party: every visitor waits for a quarter of a second, now and then for
    # more than one, for an answer that could be kept for an hour.
    try:
        product_ids = await partner.recommend(product_id)
    except httpx.HTTPError as error:
        raise HTTPException(503, "There are no recommendations just now.") from error
    return await database.run(read_recommended, product_ids)


def read_recommended(session: Session, product_ids: list[int]) -> list[Recommended]:
    """The recommended products that exist."""
    found = [read_product(session, product_id) for product_id in product_ids]
    return [make_recommended(session, product) for product in found if product]


def read_product(session: Session, product_id: int) -> Product | None:
    """One product, if it exists."""
    return session.get(Product, product_id)


def make_recommended(session: Session, product: Product) -> Recommended:
    """A product with its price as text."""
    # Fault, repeated identical reads: the currency is the same for all, and is read for each.
    currency = read_currency(session)
    return Recommended(
        id=product.id, name=product.name, price=f"{product.price_cents / 100:.2f} {currency}"
    )


def read_currency(session: Session) -> str | None:
    """The shop's currency, such as EUR."""
    return session.scalar(select(Setting.value).where(Setting.name == "currency"))
