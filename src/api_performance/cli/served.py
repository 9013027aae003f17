"""Asks the REST API of a running application from outside."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from typing import Final, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec

from api_performance.cli.errors import CannotRead

API: Final = "/api/v1"
PATIENCE_SECONDS: Final = 10.0

T = TypeVar("T")


class Api:
    """The REST API of one application; `token` where it asks for one."""

    def __init__(self, url: str, token: str = "") -> None:
        """Ask under `url`, `http://host:port` or the page's own address. CannotRead."""
        self._base = api_address(url)
        self._token = token

    def get(self, path: str, answer: type[T], parameters: Mapping[str, object]) -> T:
        """Return what a path answers, asked with the parameters that are not empty. CannotRead."""
        given = {name: value for name, value in parameters.items() if value}
        address = f"{self._base}{path}?{urlencode(given, doseq=True)}"
        return self._answer(Request(address), answer)  # noqa: S310 # api_address lets only http pass

    def post(self, path: str, answer: type[T], body: Mapping[str, object]) -> T:
        """Return what a path answers to a body. CannotRead."""
        headers = {"Content-Type": "application/json"}
        content = msgspec.json.encode(body)
        request = Request(f"{self._base}{path}", content, headers)  # noqa: S310 # as above
        return self._answer(request, answer)

    def _answer(self, request: Request, answer: type[T]) -> T:
        try:
            return msgspec.json.decode(self._send(request), type=answer)
        except msgspec.DecodeError as error:
            raise CannotRead(f"{request.full_url} answers with something else: {error}") from error

    def _send(self, request: Request) -> bytes:
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 # as above
                return bytes(answer.read())
        except HTTPError as error:
            with error:
                raise CannotRead(self._refusal(error)) from error
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise CannotRead(f"{self._base} does not answer: {reason}") from error

    def _refusal(self, error: HTTPError) -> str:
        how = "`api-performance token --raw` prints it"
        if error.code == 401 and self._token:
            return f"{self._base} refuses the token; {how} anew"
        if error.code == 401:
            return f"{self._base} asks for a token: set API_PERFORMANCE_TOKEN; {how}"
        if error.code == 404:
            return f"{self._base} is nothing of ours: name the page's own path in --url"
        body = error.read(500).decode(errors="replace")
        return f"{error.url} answers {error.code}: {body}"


def api_address(url: str) -> str:
    """Return where the REST API of `http://host:port[/path]` is; CannotRead for another scheme."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CannotRead(f"--url {url!r} is no address; give one such as http://127.0.0.1:8000")
    path = parts.path.rstrip("/") or "/performance"
    return f"{parts.scheme}://{parts.netloc}{path}{API}"
