"""Door 3, the dashboard of SPEC.md: its widgets as data, and live pushes on your own WebSocket.

`get_dashboard_data` may be called anywhere. Where an event loop runs, it waits for no store: it
answers from the last snapshot, taken every second by a thread of ours while somebody asks, with
what this process measured since. Who may connect to a route of yours is yours to decide; the pages
under `/performance` have their own sign-in.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, overload

from api_performance.config import DashboardConfig
from api_performance.instrumentation.running_loop import is_in_event_loop, is_in_trio
from api_performance.queries import (
    DashboardData,
    DashboardWidget,
    QuestionRefused,
    View,
    WidgetData,
    dashboard_data,
    refuse_if_off,
    widget_data,
)

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from api_performance.runtime import Runtime
    from api_performance.server.live import Client, Live

__all__ = [
    "DASHBOARD_CONFIG",
    "DashboardConfig",
    "DashboardData",
    "DashboardManager",
    "DashboardWidget",
    "WidgetData",
    "get_dashboard_manager",
]

DASHBOARD_CONFIG: Final[Mapping[str, Any]] = MappingProxyType(  # Any: numbers and booleans
    DashboardConfig().model_dump()
)
"""SPEC.md's defaults; give your own to `instrument(app, dashboard_config={…})`."""

REFRESH_SECONDS: Final = 1.0
"""With half a second for the reading itself a snapshot is never older than two."""

IDLE_SECONDS: Final = 600.0
"""When nobody asked for so long no more snapshots are taken, until somebody asks again."""

MOST_WINDOWS: Final = 8
"""Different time windows of which snapshots are kept."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view, and the sequence of the last batch of this process that is in it."""

    view: View
    written: int


class Snapshots:
    """Views of the last seconds, taken in a thread of ours while they are asked for."""

    def __init__(self, runtime: Runtime) -> None:
        """Read what `runtime` reads; nothing happens before the first call."""
        self._runtime = runtime
        self._taken: dict[float, Snapshot] = {}
        self._asked_at: dict[float, float] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, seconds: float) -> Snapshot:
        """Read the store now. StoreUnavailable, QuestionRefused."""
        engine = self._runtime.engine()
        engine.remember()  # from here on its own writes can be told
        with engine.standing_still() as written:
            snapshot = Snapshot(self._runtime.queries.view(seconds), written)
        with self._lock:
            self._taken[seconds] = snapshot
        return snapshot

    def last(self, seconds: float) -> Snapshot | None:
        """Return the last snapshot without waiting, and have fresh ones taken from now on.

        Of a time window that nobody asked for before it is the end of another one's, as the
        answer's start tells; None before the very first.
        """
        with self._lock:
            self._note(seconds)
            snapshot = self._taken.get(seconds)
            if snapshot is None and self._taken:
                longer = [each for each in self._taken if each >= seconds]
                nearest = self._taken[min(longer, default=max(self._taken))]
                snapshot = Snapshot(nearest.view.last(seconds), nearest.written)
                self._wake.set()
        self._start()
        return snapshot

    def _note(self, seconds: float) -> None:
        self._asked_at[seconds] = self._runtime.clock.perf()
        while len(self._asked_at) > MOST_WINDOWS:
            oldest = min(self._asked_at, key=lambda each: self._asked_at[each])
            del self._asked_at[oldest]
            self._taken.pop(oldest, None)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._run, name="api-performance-snapshots", daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        while asked := self._asked_lately():
            self._wake.wait(REFRESH_SECONDS)
            self._wake.clear()
            for seconds in asked:
                try:
                    self.take(seconds)
                except Exception as error:  # noqa: BLE001 # the last one stays, and tells its age
                    self._runtime.recorder.note_error(error)

    def _asked_lately(self) -> list[float]:
        now = self._runtime.clock.perf()
        with self._lock:
            return [each for each, at in self._asked_at.items() if now - at < IDLE_SECONDS]


class DashboardManager:
    """The dashboard's data and live pushes of one measured app. Made by `get_dashboard_manager`."""

    def __init__(self, runtime: Runtime) -> None:
        """Speak for a runtime, that of the app instrumented last."""
        self._runtime = runtime
        self._snapshots = Snapshots(runtime)
        self._connections: dict[WebSocket, Pushing] = {}
        self._live: Live | None = None

    @property
    def config(self) -> DashboardConfig:
        """The settings in force."""
        return self._runtime.config.dashboard_config

    @overload
    def get_dashboard_data(
        self, widget_type: DashboardWidget | str, time_window: float | None = None
    ) -> WidgetData: ...

    @overload
    def get_dashboard_data(
        self, widget_type: None = None, time_window: float | None = None
    ) -> DashboardData: ...

    def get_dashboard_data(
        self, widget_type: DashboardWidget | str | None = None, time_window: float | None = None
    ) -> WidgetData | DashboardData:
        """Return a widget's data, or every one's, of the last `time_window` seconds.

        The same as REST's `widgets/{widget}`, ready for JSON; `as_of` says of when it is.
        SwitchedOff for a widget that the settings switch off; QuestionRefused for one, or a time
        window, that cannot be.
        """
        seconds = self.config.history_window if time_window is None else float(time_window)
        widget = _widget(widget_type)
        if widget is not None:
            refuse_if_off(widget, self.config)
        view = self._view(seconds)
        if widget is None:
            return dashboard_data(view, seconds)
        return widget_data(widget, view, seconds)

    def _view(self, seconds: float) -> View:
        snapshot = self._snapshots.last(seconds) if is_in_event_loop() else None
        snapshot = snapshot or self._snapshots.take(seconds)
        newer = self._runtime.pending_windows(snapshot.written)
        return snapshot.view.with_newer(newer, self._runtime.clock.now())

    async def prepare(self) -> None:
        """Take a snapshot, in a thread, so that reads need not wait for one."""
        from anyio import to_thread

        await to_thread.run_sync(self._snapshots.take, self.config.history_window)
        self._snapshots.last(self.config.history_window)

    async def add_websocket_connection(self, websocket: WebSocket) -> None:
        """Push LivePush to a WebSocket, at once and with new data, from a task of our own.

        It is accepted if it is not yet. It ends with `remove_websocket_connection`, or by itself
        when the other side is gone or does not read.
        """
        from starlette.websockets import WebSocketState

        if websocket in self._connections:
            return
        if websocket.application_state is WebSocketState.CONNECTING:
            await websocket.accept()
        if not self.config.enable_real_time:
            await _close_as_switched_off(websocket)
            return
        pushing = Pushing(self._client(websocket), self._runtime.recorder.note_error)
        self._connections[websocket] = pushing
        pushing.start(lambda: self._connections.pop(websocket, None))

    async def remove_websocket_connection(self, websocket: WebSocket) -> None:
        """Stop pushing; the WebSocket stays open. Nothing happens if it was not added."""
        pushing = self._connections.pop(websocket, None)
        if pushing is not None:
            await pushing.stop()

    @property
    def connection_count(self) -> int:
        """How many WebSockets are pushed to."""
        return len(self._connections)

    def _client(self, websocket: WebSocket) -> Client:
        from api_performance.queries import LiveQuestion
        from api_performance.server.live import Client, Live, as_text
        from api_performance.server.pool import Pool

        if self._live is None:
            config = self._runtime.config
            pool = Pool(config.optimization_config.worker_threads)
            self._live = Live(
                self._runtime.queries,
                pool,
                self._runtime.clock,
                self.config.refresh_interval,
                as_text,
            )
        return Client(websocket, LiveQuestion(), self._live, listens=False)


class Pushing:
    """A client served by a task of our own, under asyncio or trio."""

    def __init__(self, client: Client, note_error: Callable[[BaseException], None]) -> None:
        """Serve `client` once started; what goes wrong is noted, never raised."""
        from anyio import Event

        self._client = client
        self._note_error = note_error
        self._is_over = Event()

    def start(self, at_end: Callable[[], object]) -> None:
        """Begin; `at_end` is called when it is over, by itself or not."""

        async def push() -> None:
            try:
                await self._client.serve()
            except Exception as error:  # noqa: BLE001 # nobody awaits this task
                self._note_error(error)
            finally:
                at_end()
                self._is_over.set()

        _spawn(push)

    async def stop(self) -> None:
        """End it, and wait until nothing is sent any more."""
        self._client.stop()
        await self._is_over.wait()


_tasks: Final[set[asyncio.Task[None]]] = set()
"""asyncio itself keeps only weak references to its tasks."""


def _spawn(
    run: Callable[[], Coroutine[Any, Any, None]],
) -> None:  # Any: what a coroutine is made of
    if is_in_trio():
        sys.modules["trio"].lowlevel.spawn_system_task(run)
        return
    task = asyncio.get_running_loop().create_task(run())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _close_as_switched_off(websocket: WebSocket) -> None:
    from api_performance.server.live import REAL_TIME_OFF, close

    await close(websocket, REAL_TIME_OFF, "enable_real_time is off: poll instead")


def _widget(name: DashboardWidget | str | None) -> DashboardWidget | None:
    if name is None:
        return None
    try:
        return DashboardWidget(name)
    except ValueError:
        allowed = ", ".join(DashboardWidget)
        raise QuestionRefused(f"widget_type = {name!r} is none of {allowed}") from None


_managers: Final[dict[int, DashboardManager]] = {}
"""The manager of the runtime asked for last, by the runtime's identity."""


async def get_dashboard_manager() -> DashboardManager:
    """Return the dashboard of the app instrumented last, with a snapshot of now."""
    from api_performance.runtime import current_runtime

    runtime = current_runtime()
    manager = _managers.get(id(runtime))
    if manager is None:
        _managers.clear()
        manager = _managers[id(runtime)] = DashboardManager(runtime)
    await manager.prepare()
    return manager
