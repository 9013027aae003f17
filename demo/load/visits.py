"""What visitors come for. A visit is a coroutine that drives one visitor through the shop."""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from demo.load.visitor import Visitor, address_of

Visit = Callable[[Visitor], Awaitable[None]]

PRODUCTS = 30_000
STAFF = 0
WORDS = (
    "lamp",
    "chair",
    "table",
    "oak",
    "brass",
    "round",
    "modern",
    "kettle",
    "mirror",
    "linen",
    "sofa",
)
SCANNED = ("/wp-login.php", "/.env", "/admin.php", "/.git/config", "/phpmyadmin/", "/api/v0/users")


def some_product(chance: random.Random) -> int:
    """A product's number; one in three visitors wants one of the twenty most popular."""
    return min(PRODUCTS, 1 + int(20 * (chance.paretovariate(0.8) - 1)))


async def browse(visitor: Visitor) -> None:
    """Look around: categories, a few pages, some products and what goes with them."""
    await visitor.get("/api/catalogue/categories")
    for page in range(1, visitor.chance.randint(2, 5)):
        category = visitor.chance.randint(1, 12)
        await visitor.get("/api/catalogue/products", page=page, category_id=category)
        await visitor.think(0.8)
        await look_at_product(visitor)


async def look_at_product(visitor: Visitor) -> int:
    """Open a product's page, which also asks for the categories; the product's number."""
    product_id = some_product(visitor.chance)
    await visitor.get(f"/api/catalogue/products/{product_id}")
    await visitor.get("/api/catalogue/categories")
    if visitor.chance.random() < 0.35:
        await see_recommendations(visitor, product_id)
    await visitor.think(1.0)
    return product_id


async def see_recommendations(visitor: Visitor, product_id: int) -> None:
    """Wait for what goes with a product; one in ten has no patience."""
    if visitor.chance.random() < 0.1:
        await visitor.leave_early("/api/recommendations", 0.15, product_id=product_id)
    else:
        await visitor.get("/api/recommendations", product_id=product_id)


async def search(visitor: Visitor) -> None:
    """Look for something by name; now and then with one letter, which the shop refuses."""
    for _ in range(visitor.chance.randint(1, 4)):
        word = visitor.chance.choice(WORDS)
        if visitor.chance.random() < 0.06:
            word = word[:1]
        await visitor.get("/api/search", q=word)
        await visitor.think(0.7)
        await look_at_product(visitor)


async def buy(visitor: Visitor) -> None:
    """Search, sign in, fill the cart, and pay."""
    await search(visitor)
    if not await visitor.sign_in():
        return
    for _ in range(visitor.chance.randint(1, 3)):
        product_id = await look_at_product(visitor)
        await visitor.post("/api/cart/items", {"product_id": product_id, "quantity": 1})
    await visitor.get("/api/cart")
    await visitor.think(1.0)
    await check_out(visitor)


async def check_out(visitor: Visitor) -> None:
    """Pay; a customer who sees an error tries once more."""
    for _ in range(2):
        bought = await visitor.post("/api/checkout")
        if bought is not None:
            await visitor.post("/api/payments/confirm", {"payment_id": bought["payment_id"]})
            await visitor.get(f"/api/orders/{bought['order_id']}")
            return
        await visitor.think(1.0)


async def come_back(visitor: Visitor) -> None:
    """See what became of earlier orders; one in eight mistypes the password first."""
    if visitor.chance.random() < 0.125:
        email = f"customer{visitor.number + 1}@example.com"
        await visitor.post("/api/login", {"email": email, "password": "wrong"})
    await visitor.get("/api/cart")  # not signed in yet: 401
    if await visitor.sign_in():
        await visitor.get("/api/orders")
        await visitor.think(1.0)
        await visitor.get(f"/api/orders/{visitor.chance.randint(1, 4_000)}")  # rarely one's own


async def watch_deals(visitor: Visitor) -> None:
    """Leave the page with the deals open for a while."""
    await visitor.leave_early("/api/deals/stream", visitor.chance.uniform(4, 15))


async def watch_stock(visitor: Visitor) -> None:
    """Watch the stock of some products over a WebSocket for a while."""
    url = str(visitor.client.base_url).replace("http://", "ws://", 1)
    messages = visitor.chance.randint(3, 12)
    with contextlib.suppress(OSError, TimeoutError, WebSocketException):
        async with connect(
            f"{url.rstrip('/')}/ws/stock",
            proxy=None,
            open_timeout=5,
            additional_headers={"X-Forwarded-For": address_of(visitor.number)},
        ) as socket:
            await socket.send(json.dumps([some_product(visitor.chance) for _ in range(5)]))
            for _ in range(messages):
                await asyncio.wait_for(socket.recv(), 5)


async def scan(visitor: Visitor) -> None:
    """Try the doors, as scanners do: paths that do not exist, none of them twice."""
    for _ in range(visitor.chance.randint(5, 15)):
        path = visitor.chance.choice(SCANNED)
        if visitor.chance.random() < 0.5:
            path = f"/{visitor.chance.randrange(16**8):08x}{path}"
        await visitor.get(path)
        await visitor.think(0.1)


async def inspect(visitor: Visitor) -> None:
    """Staff: the report, and now and then the export of all orders."""
    if await visitor.sign_in():
        await visitor.get("/api/admin/report")
        if visitor.chance.random() < 0.4:
            await visitor.get("/api/orders/export")


# Each kind of visit and its share of a hundred visits.
SHARES: dict[Visit, float] = {
    browse: 46,
    search: 22,
    buy: 16,
    come_back: 7,
    watch_deals: 2,
    watch_stock: 2,
    scan: 2,
    inspect: 3,
}


def choose(chance: random.Random) -> Visit:
    """A kind of visit, by its share."""
    kinds = list(SHARES)
    return chance.choices(kinds, weights=[SHARES[kind] for kind in kinds])[0]
