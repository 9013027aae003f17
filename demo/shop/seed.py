"""Fills an empty database with a shop: 30,000 products, their reviews and words, 600 customers.

The same seed gives the same shop every time. It takes about two seconds and 10 MB.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, insert

from demo.shop.accounts import hash_password
from demo.shop.database import connect
from demo.shop.models import (
    Base,
    Category,
    Customer,
    Order,
    Product,
    Review,
    SearchTerm,
    Setting,
)

PRODUCTS = 30_000
CUSTOMERS = 600
ORDERS = 4_000
WORDS_PER_PRODUCT = 10
PASSWORD = "demo"  # of invented customers, in a file that is deleted at the end
STAFF_EMAIL = "customer1@example.com"

CATEGORIES = (
    "Lighting",
    "Chairs",
    "Tables",
    "Kitchen",
    "Garden",
    "Bath",
    "Textiles",
    "Storage",
    "Office",
    "Toys",
    "Outdoor",
    "Decoration",
)
LOOKS = ("oak", "walnut", "linen", "brass", "glass", "wool", "steel", "bamboo", "marble", "cork")
STYLES = ("round", "folding", "tall", "small", "classic", "modern", "soft", "wide", "vintage")
THINGS = (
    "lamp",
    "chair",
    "table",
    "shelf",
    "kettle",
    "bench",
    "towel",
    "basket",
    "desk",
    "blanket",
    "planter",
    "mirror",
    "clock",
    "vase",
    "stool",
    "rug",
)
WORDS = LOOKS + STYLES + THINGS
Row = dict[str, object]


def seed(path: Path, products: int = PRODUCTS) -> None:
    """Make the database file at `path` with `products` products in it."""
    engine = connect(path)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        fill(connection, products, random.Random(7))
    engine.dispose()


def fill(connection: Connection, products: int, chance: random.Random) -> None:
    """Insert the rows of every table."""
    categories: list[Row] = [{"name": name} for name in CATEGORIES]
    connection.execute(insert(Category), categories)
    connection.execute(insert(Product), [product(chance) for _ in range(products)])
    ids = range(1, products + 1)
    connection.execute(insert(Review), list(reviews(ids, chance)))
    connection.execute(insert(SearchTerm), list(search_terms(ids, chance)))
    connection.execute(insert(Customer), list(customers()))
    connection.execute(insert(Order), [order(chance) for _ in range(ORDERS)])
    connection.execute(insert(Setting), [{"name": "currency", "value": "EUR"}])


def product(chance: random.Random) -> Row:
    """A product with a name such as "round oak lamp"."""
    return {
        "name": f"{chance.choice(STYLES)} {chance.choice(LOOKS)} {chance.choice(THINGS)}",
        "price_cents": round(chance.lognormvariate(8.2, 0.9)),
        "stock": chance.randint(50, 5_000),
        "category_id": chance.randint(1, len(CATEGORIES)),
    }


def reviews(product_ids: range, chance: random.Random) -> Iterator[Row]:
    """Up to five reviews for each product."""
    for product_id in product_ids:
        for _ in range(chance.randint(0, 5)):
            yield {"product_id": product_id, "stars": chance.randint(1, 5)}


def search_terms(product_ids: range, chance: random.Random) -> Iterator[Row]:
    """Ten words for each product."""
    for product_id in product_ids:
        for term in chance.sample(WORDS, WORDS_PER_PRODUCT):
            yield {"product_id": product_id, "term": term}


def customers() -> Iterator[Row]:
    """`customer1@example.com` and on; the first is staff. All share one password and its hash."""
    salt = b"one salt for the demo"
    password_hash = hash_password(PASSWORD, salt)
    for number in range(1, CUSTOMERS + 1):
        yield {
            "email": f"customer{number}@example.com",
            "password_hash": password_hash,
            "password_salt": salt,
            "is_staff": number == 1,
        }


def order(chance: random.Random) -> Row:
    """An order of the past."""
    return {
        "customer_id": chance.randint(1, CUSTOMERS),
        "total_cents": round(chance.lognormvariate(9, 0.8)),
        "status": chance.choice(("paid", "sent", "delivered")),
        "payment_id": f"pay_{chance.randrange(10**9)}",
    }
