"""A measured app whose every name wants to be more than text."""

import socket

from fastapi import FastAPI

from api_performance import instrument

OWN = "window.owned=1"
SCRIPT = f"<script>{OWN}</script>"
IMAGE = f'"><img src=x onerror="{OWN}">'

CALLED = {
    "script": f"/called/{SCRIPT}",
    "image": f"/called/'{IMAGE}",
    "address": f"/called/javascript:{OWN}//",
    "braces": "/called/{{7*7}}${7*7}<%= 7*7 %>",
    "right_to_left": "/called/\u202egnp.exe",
    "control": "/called/a\x00b\nc\x1b[31m",
    "long": "/called/" + "very-long/" * 200,
}
"""Route templates, which are what an endpoint is named by."""

socket.gethostname = lambda: f"host{IMAGE}"
app = FastAPI(title=f"title{SCRIPT}", version=f"version{IMAGE}")


async def answer() -> str:
    return "ok"


for template in CALLED.values():
    app.add_api_route(template, answer)
app.add_api_route("/never-called", answer, methods=[SCRIPT])

instrument(app, service=f"service{SCRIPT}{IMAGE}", priorities={"GET /called/*": "critical"})
