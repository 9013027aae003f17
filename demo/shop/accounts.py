"""Signing in: customers, their passwords, and the signed tokens that they carry."""

import hashlib
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.shop.database import DatabaseDependency, SessionDependency
from demo.shop.models import Customer

router = APIRouter(tags=["accounts"])

# About 10 ms of work a sign-in: enough to be seen, a tenth of what a real shop should spend.
HASH_ITERATIONS = 20_000


class Login(BaseModel):
    """What a customer types."""

    email: str
    password: str


class SignedIn(BaseModel):
    """The token to send as `Authorization: Bearer ...`."""

    token: str


@router.post("/login", tags=["priority:critical"])
def login(body: Login, session: SessionDependency, request: Request) -> SignedIn:
    """Exchange an address and a password for a token."""
    customer = find_customer(session, body.email)
    if customer is None or not is_password(customer, body.password):
        raise HTTPException(401, "The address or the password is wrong.")
    return SignedIn(token=make_token(customer.id, request.app.state.settings.secret))


def find_customer(session: Session, email: str) -> Customer | None:
    """The customer with this address, if there is one."""
    return session.scalar(select(Customer).where(Customer.email == email))


def hash_password(password: str, salt: bytes) -> bytes:
    """PBKDF2 of the password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, HASH_ITERATIONS)


def is_password(customer: Customer, password: str) -> bool:
    """Whether this is the customer's password."""
    given = hash_password(password, customer.password_salt)
    return hmac.compare_digest(given, customer.password_hash)


def make_token(customer_id: int, secret: str) -> str:
    """The customer's number with a signature."""
    return f"{customer_id}.{sign(customer_id, secret)}"


def sign(customer_id: int, secret: str) -> str:
    """The signature of a customer's number."""
    return hmac.new(secret.encode(), str(customer_id).encode(), "sha256").hexdigest()


async def get_customer_id(request: Request, authorization: Annotated[str, Header()] = "") -> int:
    """The number of the signed-in customer; 401 without a good token."""
    number, _, signature = authorization.removeprefix("Bearer ").partition(".")
    secret = request.app.state.settings.secret
    if not number.isdigit() or not hmac.compare_digest(signature, sign(int(number), secret)):
        raise HTTPException(401, "Sign in first.")
    return int(number)


CustomerId = Annotated[int, Depends(get_customer_id)]


async def require_staff(customer_id: CustomerId, database: DatabaseDependency) -> None:
    """403 unless the signed-in customer works for the shop."""
    if not await database.run(is_staff, customer_id):
        raise HTTPException(403, "For staff only.")


def is_staff(session: Session, customer_id: int) -> bool:
    """Whether this customer works for the shop."""
    return bool(session.scalar(select(Customer.is_staff).where(Customer.id == customer_id)))
