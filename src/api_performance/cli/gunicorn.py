"""gunicorn's own command line, on the measured application."""

from __future__ import annotations

from importlib.util import find_spec

from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped] # it has no types
from gunicorn.workers import SUPPORTED_WORKERS  # type: ignore[import-untyped] # as above

from api_performance.cli.target import hand_over, tell_address


class MeasuredApplication(WSGIApplication):  # type: ignore[misc] # as above
    """Loads what the user named, measured, in a worker that speaks ASGI."""

    app_uri: str

    def load_config(self) -> None:
        """Read gunicorn's settings from all its places, then put ourselves around the target."""
        super().load_config()
        self.app_uri = hand_over(self.app_uri)
        places = [place for place in self.cfg.address if isinstance(place, tuple)]
        host, port = places[0] if places else ("", 0)  # else a Unix socket
        tell_address(host, port, is_encrypted=bool(self.cfg.is_ssl))
        if self.cfg.worker_class_str == "sync":  # the default, which cannot serve ASGI
            self.cfg.set("worker_class", asgi_worker())


def asgi_worker() -> str:
    """Return gunicorn's own ASGI worker where it has one, else uvicorn's, in its newest home."""
    if "asgi" in SUPPORTED_WORKERS:
        return "asgi"
    module = "uvicorn_worker" if find_spec("uvicorn_worker") else "uvicorn.workers"
    return f"{module}.UvicornWorker"
