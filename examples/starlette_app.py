"""A Starlette app with a mount, measured by one line. Mounts and convertors end up in the template.

uvicorn starlette_app:app
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from api_performance import MetricPriority, instrument, monitor_api_performance


async def product(request: Request) -> Response:
    return JSONResponse({"id": request.path_params["product_id"]})


@monitor_api_performance("/api/checkout", "POST", MetricPriority.CRITICAL)
async def checkout(_: Request) -> Response:
    return PlainTextResponse("paid")


app = Starlette(
    routes=[
        Mount(
            "/api",
            routes=[
                Route("/products/{product_id:int}", product),
                Route("/checkout", checkout, methods=["POST"]),
            ],
        )
    ]
)
instrument(app, service="shop")
