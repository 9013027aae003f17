"""What the owner of the shop looks at."""

import time

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.shop.accounts import require_staff
from demo.shop.database import DatabaseDependency
from demo.shop.models import Order

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(require_staff)])

RENDER_SECONDS = 0.15


class StatusTotal(BaseModel):
    """The orders of one status."""

    status: str
    orders: int
    total_cents: int


@router.get("/report", tags=["priority:medium"])
async def report(database: DatabaseDependency) -> list[StatusTotal]:
    """What was sold, by the state of the orders."""
    totals = await database.run(read_totals)
    # Fault, a blocking call in a coroutine: the old report printer sleeps in place, and with it
    # sleeps every other request of this worker. It belongs in a thread.
    time.sleep(RENDER_SECONDS)  # noqa: ASYNC251 (the fault itself)
    return totals


def read_totals(session: Session) -> list[StatusTotal]:
    """Number and value of orders by status."""
    statement = select(Order.status, func.count(), func.sum(Order.total_cents))
    return [
        StatusTotal(status=status, orders=orders, total_cents=total)
        for status, orders, total in session.execute(statement.group_by(Order.status))
    ]


@router.get("/returns")
async def list_returns() -> list[StatusTotal]:
    """What was sent back. Nobody in the demo asks."""
    return []
