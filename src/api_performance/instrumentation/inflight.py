"""Which requests an asyncio loop has open, seen from another thread while the loop stands still.

Asking costs about a microsecond per task of the loop, and the requests themselves nothing.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from contextvars import Context
from typing import Any

from api_performance.measure.current import CurrentRequest, current_request

Task = asyncio.Task[Any]  # Any: whatever the app's coroutines return


def running_request(loop: asyncio.AbstractEventLoop) -> CurrentRequest | None:
    """Return the request in whose task the loop is now; None outside of one."""
    task = asyncio.current_task(loop)
    return request_of(task) if task is not None else None


def open_requests(loop: asyncio.AbstractEventLoop) -> list[CurrentRequest]:
    """Return the requests of the loop's tasks that the app has not returned from, each once."""
    found = (request_of(task) for task in asyncio.all_tasks(loop))
    return list({id(request): request for request in found if request is not None}.values())


def request_of(task: Task) -> CurrentRequest | None:
    """Return the request in whose context a task runs; None outside of one, or once it is over."""
    context = _context_of(task)
    request = context.get(current_request) if context is not None else None
    return None if request is None or request.has_left else request


def _context_of(task: Task) -> Context | None:
    if sys.version_info >= (3, 12):
        return task.get_context()
    # Python 3.11 has it in the task as well, but tells it to its collector of garbage alone.
    return next((part for part in gc.get_referents(task) if isinstance(part, Context)), None)
