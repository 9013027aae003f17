"""An app behind a proxy that serves it under `/shop`.

uvicorn shop_app:app --root-path /shop
"""

from fastapi import FastAPI, Request

from api_performance import instrument

app = FastAPI(title="shop")
instrument(app, trusted_proxies=["127.0.0.1"])


@app.get("/products/{product_id}")
async def product(product_id: int, request: Request) -> dict[str, str]:
    return {"address": str(request.url_for("product", product_id=product_id))}
