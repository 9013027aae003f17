"""Buying: the checkout, and the confirmation of its payment."""

import asyncio

import httpx
from fastapi import APIRouter, BackgroundTasks, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api_performance.metrics import MetricPriority, monitor_api_performance
from demo.bad_day import Fault, switches
from demo.shop.accounts import CustomerId
from demo.shop.cart import Cart, check_disk, clear_cart, read_cart
from demo.shop.database import TillDependency
from demo.shop.models import Order
from demo.shop.partner import PartnerDependency

router = APIRouter(tags=["checkout"])

# What sending a mail takes. It happens after the answer and is no part of the response time.
MAIL_SECONDS = 0.3
# On a bad day, while the till's connection is held; see `demo/bad_day.py`.
HELD_SECONDS = 4.0


class Bought(BaseModel):
    """A new order."""

    order_id: int
    payment_id: str
    total_cents: int


class Confirmation(BaseModel):
    """Which payment to ask about."""

    payment_id: str


class PaymentStatus(BaseModel):
    """What became of a payment."""

    payment_id: str
    status: str


class Code(BaseModel):
    """What stands on a gift card."""

    code: str


@router.post("/checkout", status_code=201)
@monitor_api_performance("/api/checkout", "POST", MetricPriority.CRITICAL)
async def checkout(
    customer_id: CustomerId,
    till: TillDependency,
    partner: PartnerDependency,
    background: BackgroundTasks,
) -> Bought:
    """Pay for what is in the cart."""
    # Fault, a pool that is too small: the till's only connection is held until the money is there.
    async with till.held() as session:
        cart = await run_in_threadpool(read_cart, session, customer_id)
        if not cart.lines:
            raise HTTPException(409, "The cart is empty.")
        # Fault, a failing payment: the third party refuses or forgets a few payments in a hundred,
        # and nothing here catches it, so the customer sees a 500 and does not know who has the
        # money.
        payment_id = await partner.charge(cart.total_cents)
        order_id = await run_in_threadpool(write_order, session, customer_id, cart, payment_id)
        if switches.is_on(Fault.HELD_CONNECTION):
            await asyncio.sleep(HELD_SECONDS)
    background.add_task(asyncio.sleep, MAIL_SECONDS)
    return Bought(order_id=order_id, payment_id=payment_id, total_cents=cart.total_cents)


def write_order(session: Session, customer_id: int, cart: Cart, payment_id: str) -> int:
    """Turn a cart into an order; the order's number."""
    check_disk()
    order = Order(
        customer_id=customer_id,
        total_cents=cart.total_cents,
        status="paid",
        payment_id=payment_id,
    )
    session.add(order)
    clear_cart(session, customer_id)
    session.commit()
    return order.id


@router.post("/payments/confirm", openapi_extra={"x-priority": "critical"})
async def confirm_payment(body: Confirmation, partner: PartnerDependency) -> PaymentStatus:
    """Ask the third party what became of a payment; 502 if it does not say."""
    try:
        status = await partner.confirm(body.payment_id)
    except httpx.HTTPError as error:
        raise HTTPException(502, "The payment service does not answer.") from error
    return PaymentStatus(payment_id=body.payment_id, status=status)


@router.post("/gift-cards/redeem")
async def redeem_gift_card(body: Code) -> Bought:
    """Pay with a gift card. Nobody in the demo has one."""
    raise HTTPException(404, f"There is no gift card {body.code}.")
