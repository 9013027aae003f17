"""`api-performance doctor main:app` names what is the matter with an application, unstarted."""

from pathlib import Path

import pytest

from tests.cli.diagnosed import Said, doctor_of_its_own
from tests.cli.servers import eventually, running
from tests.cli.stored import STORE

SHOP = """
from fastapi import FastAPI
from api_performance import instrument, monitor_api_performance

app = FastAPI(title="shop")

@app.get("/users/{user_id}")
def user(user_id: int):
    return user_id

@app.get("/never")
def never():
    return 0
"""
INSTRUMENTED = f"{SHOP}\ninstrument(app)\n"


def look_at(directory: Path, code: str, *arguments: str) -> Said:
    (directory / "main.py").write_text(code)
    return doctor_of_its_own(directory, "main:app", *arguments)


def test_routes_that_were_never_measured_are_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SHOP)
    with running(tmp_path, "main:app", "--port", "0") as server:
        server.get("/users/7")
        eventually(lambda: doctor_of_its_own(tmp_path, "main:app").of("Calls")[0] == "warning")
    said = doctor_of_its_own(tmp_path, "main:app")
    assert said.code == 0
    assert said.of("Calls")[1] == "1 of 2 routes were never measured: GET /never."


def test_a_service_that_the_store_does_not_know_is_told(tmp_path: Path) -> None:
    from tests.cli.stored import fill

    fill(tmp_path)
    said = look_at(tmp_path, SHOP.replace('"shop"', '"chop"'))
    level, text, remedy = said.of("Calls")
    assert level == "warning" and "The store knows no service 'chop', but shop." in text
    assert "set service in settings" in remedy


def test_routes_that_are_not_monitored_are_named(tmp_path: Path) -> None:
    code = INSTRUMENTED.replace("instrument(app)", 'instrument(app, exclude=["/users/*", "/docs"])')
    level, text, remedy = look_at(tmp_path, code).of("Routes")
    assert level == "note" and "GET /docs" in text and "GET /users/{user_id}" in text
    assert "/never" not in text and "exclude" in remedy


def test_a_decorated_function_without_a_route_is_named(tmp_path: Path) -> None:
    code = f"""{INSTRUMENTED}
@monitor_api_performance("/jobs/nightly", "POST")
async def nightly(): ...
"""
    level, text, remedy = look_at(tmp_path, code).of("Decorators")
    assert level == "warning"
    assert text == "Decorated, but no route calls it: main.nightly (POST /jobs/nightly)."
    assert "add the route" in remedy


def test_a_decorator_above_the_routes_own_is_named(tmp_path: Path) -> None:
    code = f"""{INSTRUMENTED}
@monitor_api_performance("/late")
@app.get("/late")
def late(): ...
"""
    level, text, remedy = look_at(tmp_path, code).of("Decorators")
    assert level == "warning" and text.endswith("main.late (GET /late).")
    assert remedy.startswith("Put it below @app.get")


def test_decorators_of_routes_of_every_kind_are_well(tmp_path: Path) -> None:
    code = f"""{INSTRUMENTED}
import functools
from fastapi import APIRouter
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Mount, Route

def logged(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper

router = APIRouter(prefix="/orders")

@router.get("/wrapped")
@logged
@monitor_api_performance("/orders/wrapped")
async def wrapped(): ...

class Basket(HTTPEndpoint):
    @monitor_api_performance("/basket")
    async def get(self, request): ...

app.include_router(router)
app.router.routes.append(Mount("/shop", routes=[Route("/basket", Basket)]))
"""
    assert look_at(tmp_path, code).of("Decorators")[0] == "ok"


@pytest.mark.parametrize(
    ("code", "wraps"),
    [
        ("app.add_middleware(PerformanceMiddleware)\ninstrument(app)", 2),
        ("app = PerformanceMiddleware(instrument(app))", 2),
        ("inner = instrument(FastAPI())\napp.mount('/inner', inner)\ninstrument(app)", 2),
        ("app = PerformanceMiddleware(app)", 1),
        ("instrument(app)\ninstrument(app)", 1),
        ("", 0),
    ],
)
def test_more_than_one_wrap_is_told(tmp_path: Path, code: str, wraps: int) -> None:
    said = look_at(tmp_path, f"{SHOP}\nfrom api_performance import PerformanceMiddleware\n{code}\n")
    level, text, remedy = said.of("Instrumentation")
    assert level == ("note", "ok", "warning")[wraps]
    if wraps == 2:
        assert text.startswith("It is instrumented more than once: ")
        assert "Keep the outermost" in remedy


def test_the_store_that_the_application_names_is_looked_at(tmp_path: Path) -> None:
    code = INSTRUMENTED.replace("(app)\n", '(app, store="sqlite:///./other.sqlite3")\n')
    assert "other.sqlite3" in look_at(tmp_path, code).of("Schema")[1]


def test_nothing_is_started_and_no_store_is_made_by_looking(tmp_path: Path) -> None:
    code = f"""{INSTRUMENTED}
from api_performance.metrics import APIPerformanceMonitor
APIPerformanceMonitor().register_endpoint("/extra")
APIPerformanceMonitor().record_request("/extra")
"""
    assert look_at(tmp_path, code).code == 0
    assert not (tmp_path / STORE).parent.exists()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("application = 1", 'Attribute "app" not found'),
        (f"{SHOP}\ninstrument(app, max_endpoints=0)", "max_endpoints = 0"),
    ],
)
def test_an_application_that_cannot_be_imported_is_told(
    tmp_path: Path, code: str, text: str
) -> None:
    said = look_at(tmp_path, code)
    assert said.code == 1
    assert said.of("Application")[0] == "error" and text in said.of("Application")[1]


def test_a_factory_is_called_and_its_settings_hold(tmp_path: Path) -> None:
    code = f"{SHOP}\ndef make():\n    return instrument(app, exclude=['/never'])\n"
    (tmp_path / "main.py").write_text(code)
    said = doctor_of_its_own(tmp_path, "main:make", "--factory")
    assert "GET /never" in said.of("Routes")[1]
