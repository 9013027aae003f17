"""An app that knows nothing of us, measured in four worker processes that share one SQLite file.

Whichever worker answers `/performance` or `/metrics` answers for all four.

api-performance run several_workers:app --workers 4
api-performance run --gunicorn -w 4 several_workers:app
"""

import os

from fastapi import FastAPI

app = FastAPI(title="shop")


@app.get("/products/{product_id}")
async def product(product_id: int) -> dict[str, int]:
    return {"id": product_id, "served_by": os.getpid()}
