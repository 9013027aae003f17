"""What a customer has bought, and the export of all orders for the warehouse."""

import asyncio
import random
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.shop.accounts import CustomerId, require_staff
from demo.shop.database import Database, DatabaseDependency, SessionDependency
from demo.shop.models import Order

router = APIRouter(prefix="/orders", tags=["orders"])

EXPORT_PAGE = 100
PAGE_SECONDS = 0.06


class OrderOut(BaseModel):
    """An order."""

    id: int
    total_cents: int
    status: str


@router.get("")
def list_orders(session: SessionDependency, customer_id: CustomerId) -> list[OrderOut]:
    """The customer's last orders."""
    return [make_order(order) for order in read_orders(session, customer_id)]


@router.get("/export", tags=["priority:low"], dependencies=[Depends(require_staff)])
async def export_orders(database: DatabaseDependency) -> StreamingResponse:
    """The latest orders as CSV, streamed for half a second to two seconds."""
    pages = random.randint(8, 32)
    return StreamingResponse(write_csv(database, pages), media_type="text/csv")


async def write_csv(database: Database, pages: int) -> AsyncIterator[str]:
    """CSV, page by page, no faster than the warehouse takes it."""
    yield "id,customer_id,total_cents,status\n"
    for page in range(pages):
        rows = await database.run(read_page, page)
        yield "".join(
            f"{order.id},{order.customer_id},{order.total_cents},{order.status}\n" for order in rows
        )
        await asyncio.sleep(PAGE_SECONDS)


@router.get("/{order_id}")
def get_order(order_id: int, session: SessionDependency, customer_id: CustomerId) -> OrderOut:
    """One order of the customer's."""
    order = session.get(Order, order_id)
    if order is None or order.customer_id != customer_id:
        raise HTTPException(404, f"You have no order {order_id}.")
    return make_order(order)


@router.post("/{order_id}/return", status_code=202)
def return_order(order_id: int, session: SessionDependency, customer_id: CustomerId) -> OrderOut:
    """Send an order back. Nobody in the demo does."""
    order = session.get(Order, order_id)
    if order is None or order.customer_id != customer_id:
        raise HTTPException(404, f"You have no order {order_id}.")
    order.status = "returning"
    session.commit()
    return make_order(order)


def read_orders(session: Session, customer_id: int) -> list[Order]:
    """The last twenty orders of a customer."""
    statement = select(Order).where(Order.customer_id == customer_id)
    return list(session.scalars(statement.order_by(Order.id.desc()).limit(20)))


def read_page(session: Session, page: int) -> list[Order]:
    """One page of all orders, newest first."""
    statement = select(Order).order_by(Order.id.desc())
    return list(session.scalars(statement.limit(EXPORT_PAGE).offset(page * EXPORT_PAGE)))


def make_order(order: Order) -> OrderOut:
    """An order as the API shows it."""
    return OrderOut(id=order.id, total_cents=order.total_cents, status=order.status)
