"""The application that `api-performance run` gives to the server: the user's own, measured.

The server imports `api_performance.cli.autoload:app` in every worker. This module is executed anew
there, imports the target that the environment names, calls it if it is a factory, and measures it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from uvicorn.importer import ImportFromStringError, import_from_string

from api_performance import PerformanceMiddleware, instrument
from api_performance.cli.target import FACTORY_VARIABLE, TARGET_VARIABLE
from api_performance.errors import ConfigError


def load() -> Any:  # Any: whatever ASGI application the user has
    """Return the target, measured.

    ImportFromStringError, which servers report in one line, if there is none or a setting is wrong.
    """
    target = os.environ.get(TARGET_VARIABLE)
    if not target:
        raise ImportFromStringError(f"{TARGET_VARIABLE} is not set; use `api-performance run`.")
    application = _import(target)
    if os.environ.get(FACTORY_VARIABLE):
        application = application()
    try:
        return _measure(application)
    except ConfigError as error:
        raise ImportFromStringError(str(error)) from error


def _import(target: str) -> Any:  # Any: as above
    name = target.partition(":")[2]
    if name and not name.endswith(")"):
        return import_from_string(target)
    # `module` alone and `module:make(…)` are gunicorn's own.
    from gunicorn.util import import_app  # type: ignore[import-untyped] # it has no types

    return import_app(target)


def _measure(application: Any) -> Any:  # Any: as above
    starlette = sys.modules.get("starlette.applications")
    if starlette is not None and isinstance(application, starlette.Starlette):
        instrument(application)
        return application
    return PerformanceMiddleware(application)


app = load()
