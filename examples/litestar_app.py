"""A Litestar app in `PerformanceMiddleware`, which measures any ASGI app.

Litestar tells which of its routes took a request, so endpoints have their templates. Priorities
come from patterns: this is no FastAPI route with tags.

uvicorn litestar_app:app
"""

from litestar import Litestar, get, post

from api_performance import PerformanceMiddleware


@get("/products/{product_id:int}")
async def product(product_id: int) -> dict[str, int]:
    return {"id": product_id}


@post("/checkout")
async def checkout() -> dict[str, bool]:
    return {"paid": True}


app = PerformanceMiddleware(
    Litestar([product, checkout]),
    service="shop",
    priorities={"POST /checkout": "critical"},
)
