"""A shop that runs, with one worker, for all tests of the demo."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.command import login_address
from demo.shop.database import Database
from demo.shop.seed import PASSWORD, STAFF_EMAIL, seed
from demo.stage import Stage
from tests.ports import free_port


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running shop with all that it needs."""
    stage = Stage(tmp_path_factory.mktemp("shop"), free_port(), workers=1)
    try:
        stage.open()
        yield stage
    finally:
        stage.close()


@pytest.fixture(scope="session")
def shop(stage: Stage) -> str:
    """The address of the running shop."""
    return stage.url


@pytest.fixture(scope="session")
def dashboard(stage: Stage) -> Iterator[httpx.Client]:
    """Somebody who looks at what the product says of the shop."""
    token = login_address(stage).rpartition("=")[2]
    address = f"{stage.url}/performance/api/v1"
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, timeout=120, trust_env=False, headers=bearer) as client:
        yield client


@pytest.fixture
def visitor(shop: str) -> Iterator[httpx.Client]:
    """Somebody who has not signed in.

    Each request has a connection of its own: uvicorn closes one whose request raised, after the
    answer is sent, and what a client sends in between is lost.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=shop, timeout=120, trust_env=False, limits=limits) as client:
        yield client


@pytest.fixture
def customer(visitor: httpx.Client) -> httpx.Client:
    """A signed-in customer with an empty cart."""
    sign_in(visitor, "customer7@example.com")
    visitor.delete("/api/cart").raise_for_status()
    return visitor


@pytest.fixture
def staff(visitor: httpx.Client) -> httpx.Client:
    """Somebody who works for the shop."""
    sign_in(visitor, STAFF_EMAIL)
    return visitor


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A small shop's database, to look at without the shop."""
    path = Path(tmp_path_factory.mktemp("small") / "shop.sqlite3")
    seed(path, products=300)
    database = Database(path)
    yield database
    database.close()


def sign_in(client: httpx.Client, email: str) -> None:
    answer = client.post("/api/login", json={"email": email, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
