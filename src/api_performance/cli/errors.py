"""What can go wrong on the command line itself."""

from __future__ import annotations

from api_performance.errors import ApiPerformanceError


class CannotRun(ApiPerformanceError):
    """The server cannot be started as asked. Change the command or install what it names."""


class CannotRead(ApiPerformanceError):
    """There are no numbers to show. Start the application, or say where it is."""
