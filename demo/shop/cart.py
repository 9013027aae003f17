"""The cart of a signed-in customer."""

import errno
import random
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, joinedload

from demo.bad_day import Fault, switches
from demo.shop.accounts import CustomerId
from demo.shop.database import TillSessionDependency
from demo.shop.models import CartItem, Product

router = APIRouter(prefix="/cart", tags=["cart"])


class NewItem(BaseModel):
    """What to put into the cart."""

    product_id: int
    quantity: Annotated[int, Field(ge=1, le=20)] = 1


class CartLine(BaseModel):
    """One product in the cart."""

    product_id: int
    name: str
    quantity: int
    price_cents: int


class Cart(BaseModel):
    """The cart and what it costs."""

    lines: list[CartLine]
    total_cents: int


@router.get("", tags=["priority:high"])
def get_cart(session: TillSessionDependency, customer_id: CustomerId) -> Cart:
    """What is in the cart."""
    return read_cart(session, customer_id)


@router.post("/items", status_code=201, tags=["priority:high"])
def add_item(item: NewItem, session: TillSessionDependency, customer_id: CustomerId) -> Cart:
    """Put a product into the cart."""
    if session.get(Product, item.product_id) is None:
        raise HTTPException(404, f"There is no product {item.product_id}.")
    write_item(session, customer_id, item)
    return read_cart(session, customer_id)


@router.delete("")
def empty_cart(session: TillSessionDependency, customer_id: CustomerId) -> Cart:
    """Take everything out of the cart. Nobody in the demo does."""
    clear_cart(session, customer_id)
    session.commit()
    return read_cart(session, customer_id)


def read_cart(session: Session, customer_id: int) -> Cart:
    """The cart of a customer, its products read with it in one statement."""
    statement = (
        select(CartItem)
        .where(CartItem.customer_id == customer_id)
        .options(joinedload(CartItem.product))
    )
    lines = [
        CartLine(
            product_id=item.product_id,
            name=item.product.name,
            quantity=item.quantity,
            price_cents=item.product.price_cents,
        )
        for item in session.scalars(statement)
    ]
    return Cart(lines=lines, total_cents=sum(line.quantity * line.price_cents for line in lines))


def write_item(session: Session, customer_id: int, item: NewItem) -> None:
    """Store one more line of a cart."""
    check_disk()
    if switches.is_on(Fault.BROKEN_CART) and random.random() < 0.6:
        session.execute(text("UPDATE cart_items SET gift_wrap = 0"))  # a column that is not there
    session.add(
        CartItem(customer_id=customer_id, product_id=item.product_id, quantity=item.quantity)
    )
    session.commit()


def check_disk() -> None:
    """Fail on a bad day, in one worker, as a disk does that is full."""
    if switches.is_on_here(Fault.FULL_DISK):
        raise OSError(errno.ENOSPC, "No space left on device")


def clear_cart(session: Session, customer_id: int) -> None:
    """Delete a customer's lines; the caller commits."""
    session.execute(delete(CartItem).where(CartItem.customer_id == customer_id))
