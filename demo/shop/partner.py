"""The shop's client of the third party that takes payments and recommends products."""

from typing import Annotated, cast

import httpx
from fastapi import Depends
from starlette.requests import HTTPConnection

# The third party answers within a quarter of a second as a rule; see `demo/third_party.py`.
TIMEOUT_SECONDS = 2.0


class Partner:
    """Calls the third party over HTTP."""

    def __init__(self, url: str) -> None:
        """Use the third party at `url`."""
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def charge(self, amount_cents: int) -> str:
        """Take money; the payment's number. `httpx.HTTPError` if that failed."""
        answer = await self._client.post("/payments", json={"amount_cents": amount_cents})
        answer.raise_for_status()
        return str(answer.json()["payment_id"])

    async def confirm(self, payment_id: str) -> str:
        """What became of a payment. `httpx.HTTPError` if nobody can say."""
        answer = await self._client.get(f"/payments/{payment_id}")
        answer.raise_for_status()
        return str(answer.json()["status"])

    async def recommend(self, product_id: int) -> list[int]:
        """The numbers of products that go with this one. `httpx.HTTPError` if there is none."""
        answer = await self._client.get("/recommendations", params={"product_id": product_id})
        answer.raise_for_status()
        return [int(number) for number in answer.json()["product_ids"]]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def get_partner(connection: HTTPConnection) -> Partner:
    """The third party's client of the app that answers this request."""
    return cast(Partner, connection.app.state.partner)


PartnerDependency = Annotated[Partner, Depends(get_partner)]
