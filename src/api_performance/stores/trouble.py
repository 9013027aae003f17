"""What the newest write to a store ran into: told by its status until a write succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api_performance.errors import ApiPerformanceError, LeaseLost


class Trouble:
    """Remembers how the newest write ended; `error` is None while all is well."""

    def __init__(self) -> None:
        """Begin without any."""
        self.error: ApiPerformanceError | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note how what is done here ends; a lost lease is no fault of the store's."""
        try:
            yield
        except LeaseLost:
            raise
        except ApiPerformanceError as error:
            self.error = error
            raise
        self.error = None
