"""The other company: takes payments and recommends products, at its own pace and with failures.

Run by uvicorn as one process. Its times are lognormal, as those of services over a network are.
"""

import asyncio
import random
import secrets
from typing import Annotated

from fastapi import Body, FastAPI, HTTPException, Query

from demo.bad_day import Fault, switches

app = FastAPI(title="Third party")

PAYMENT_SECONDS = 0.09
CONFIRM_SECONDS = 0.04
RECOMMENDATION_SECONDS = 0.22
REFUSED_RATIO = 0.04
FORGOTTEN_RATIO = 0.01
UNCONFIRMED_RATIO = 0.02
COLD_RATIO = 0.06

# On a bad day; see `demo/bad_day.py`.
SLOW_SECONDS = 1.2
REFUSED_BADLY_RATIO = 0.7


async def work(median_seconds: float, spread: float = 0.45) -> None:
    """Take a while: lognormal around the median."""
    if switches.is_on(Fault.SLOW_PARTNER):
        await asyncio.sleep(SLOW_SECONDS)
    await asyncio.sleep(median_seconds * random.lognormvariate(0.0, spread))


@app.post("/payments")
async def pay(amount_cents: Annotated[int, Body(embed=True)]) -> dict[str, str]:
    """Take money. Refuses four payments in a hundred, and forgets to answer one."""
    await work(PAYMENT_SECONDS)
    fate = random.random()
    is_bad = switches.is_on(Fault.FAILING_PAYMENTS)
    if fate < (REFUSED_BADLY_RATIO if is_bad else REFUSED_RATIO):
        raise HTTPException(503, f"The bank does not take {amount_cents} just now.")
    if fate < REFUSED_RATIO + FORGOTTEN_RATIO:
        await asyncio.sleep(4.0)  # longer than any caller waits
    return {"payment_id": f"pay_{secrets.token_hex(6)}"}


@app.get("/payments/{payment_id}")
async def confirm(payment_id: str) -> dict[str, str]:
    """What became of a payment. Does not know it two times in a hundred."""
    await work(CONFIRM_SECONDS)
    if random.random() < UNCONFIRMED_RATIO:
        raise HTTPException(500, f"Payment {payment_id} is between two systems.")
    return {"payment_id": payment_id, "status": "paid"}


@app.get("/recommendations")
async def recommend(product_id: Annotated[int, Query(ge=1)]) -> dict[str, list[int]]:
    """Eight products that go with one. Six times in a hundred the model has to be loaded first."""
    await work(RECOMMENDATION_SECONDS)
    if random.random() < COLD_RATIO:
        await work(0.8)
    nearby = random.Random(product_id)
    return {"product_ids": [nearby.randint(1, 30_000) for _ in range(8)]}


@app.get("/health")
async def health() -> dict[str, str]:
    """Whether the service answers."""
    return {"status": "ok"}
