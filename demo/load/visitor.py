"""One visitor of the shop: an address, a connection, and what is counted of both."""

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

# Without certificates: nothing here is encrypted, and loading them for each visitor costs 20 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TIMEOUT_SECONDS = 15.0
FAILED = "failed"


@dataclass(slots=True)
class Tally:
    """What became of the requests, by status; those without an answer are `FAILED`."""

    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, status: str) -> None:
        """Count one finished request."""
        self.statuses[status] += 1

    @property
    def errors(self) -> int:
        """Requests that got a 5xx, or no answer though the visitor waited."""
        return sum(
            count
            for status, count in self.statuses.items()
            if status.startswith("5") or status == FAILED
        )


class Visitor:
    """Sends requests from an address of its own and thinks between them."""

    def __init__(self, url: str, number: int, tally: Tally, pace: float = 1.0) -> None:
        """The visitor with this number; `pace` multiplies every pause."""
        self.number = number
        self.chance = random.Random()
        self._tally = tally
        self._pace = pace
        self.client = httpx.AsyncClient(
            base_url=url,
            timeout=TIMEOUT_SECONDS,
            verify=NO_TLS,
            trust_env=False,
            headers={"X-Forwarded-For": address_of(number), "User-Agent": "demo visitor"},
        )

    async def think(self, seconds: float) -> None:
        """Pause for about `seconds`."""
        await asyncio.sleep(self._pace * seconds * self.chance.uniform(0.4, 1.6))

    async def get(self, path: str, **query: str | int) -> Any:  # Any: JSON
        """GET `path`; the JSON of a good answer, else None."""
        return await self.send("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # Any: JSON
        """POST `body` to `path`; the JSON of a good answer, else None."""
        return await self.send("POST", path, json=body)

    async def send(self, method: str, path: str, **options: Any) -> Any:  # Any: httpx's options
        """Send one request and count it; the JSON of a good answer, else None."""
        self._tally.requests += 1
        try:
            answer = await self.client.request(method, path, **options)
        except httpx.HTTPError:
            self._tally.add(FAILED)
            return None
        self._tally.add(str(answer.status_code))
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.json() if answer.is_success and is_json else None

    async def leave_early(self, path: str, seconds: float, **query: str | int) -> None:
        """GET `path`, but hang up after `seconds`, whatever has come by then."""
        self._tally.requests += 1
        try:
            async with asyncio.timeout(seconds):
                await self._read(path, query)
        except (TimeoutError, httpx.HTTPError):
            self._tally.add("left early")

    async def _read(self, path: str, query: Mapping[str, str | int]) -> None:
        async with self.client.stream("GET", path, params=dict(query)) as answer:
            async for _ in answer.aiter_raw():
                pass
            self._tally.add(str(answer.status_code))

    async def sign_in(self) -> bool:
        """Sign in as the customer of this visitor's number, and stay so."""
        email = f"customer{self.number + 1}@example.com"
        answer = await self.post("/api/login", {"email": email, "password": "demo"})
        if answer is None:
            return False
        self.client.headers["Authorization"] = f"Bearer {answer['token']}"
        return True


def address_of(number: int) -> str:
    """An address for the visitor: one of the 762 that RFC 5737 keeps for documentation."""
    network = ("192.0.2", "198.51.100", "203.0.113")[number // 254 % 3]
    return f"{network}.{number % 254 + 1}"
