"""Three of the faults live: the demo runs, one thing goes wrong, and its own judge has to say so.

The shop, its load and the process that judges are those of `python -m demo`; what is asked is what
its page asks. Takes some ten minutes, for a rule waits until what it sees is no accident.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api_performance.alerts.desk import Desk
from api_performance.alerts.grouping import Incident, incidents
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.stores.base import Store
from api_performance.wiring import make_store
from benchmarks.alerting.day import LATE_MACHINE
from benchmarks.alerting.faults import DAY, BadHour
from benchmarks.alerting.record import DAY_PEAK, STANDING, VERSION, WORKERS
from demo.bad_day import Fault
from demo.processes import free_port
from demo.stage import Stage

LIVE: Final = (Fault.BROKEN_CART, Fault.BLOCKED_LOOP, Fault.FAILING_PAYMENTS)

USUAL_SECONDS: Final = 120.0
"""So long all is well first."""

PATIENCE_SECONDS: Final = 900.0
LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of one fault: seconds until an incident named its cause, None if none did."""

    fault: BadHour
    seconds: float | None
    causes: Sequence[str]


def live() -> list[Lived]:
    """Run the demo, and have one thing after another go wrong with it."""
    os.environ["API_PERFORMANCE_ALERT_RULES"] = json.dumps(LATE_MACHINE)
    with tempfile.TemporaryDirectory(prefix="live-demo-") as folder:
        stage = Stage(Path(folder), free_port(), workers=WORKERS, version=VERSION)
        try:
            stage.open()
            stage.let_visitors_in(4 * 3600.0, STANDING, DAY_PEAK)
            with closing(make_store(Config(store=stage.store))) as store:
                time.sleep(USUAL_SECONDS)
                return [_live_through(stage, store, fault) for fault in LIVE]
        finally:
            stage.close()


def _live_through(stage: Stage, store: Store, fault: Fault) -> Lived:
    """Switch one fault on until an incident that began since names its cause."""
    what = next(each for each in DAY if each.recording == fault)
    began = time.time()
    causes: dict[str, None] = {}
    stage.switch(fault)
    try:
        while time.time() - began < PATIENCE_SECONDS:
            time.sleep(LOOK_SECONDS)
            causes |= dict.fromkeys(each.cause for each in _new(store, began))
            if any(name in cause for name in what.named for cause in causes):
                return Lived(what, time.time() - began, list(causes))
        return Lived(what, None, list(causes))
    finally:
        stage.switch()


def _new(store: Store, since: float) -> list[Incident]:
    """Return the incidents that hold and of which an alert has fired since."""
    found = incidents(Desk(store, SystemClock()).standing().values())
    return [
        each
        for each in found
        if each.is_active and any(alert.fired_at >= since for alert in each.alerts)
    ]


def told(lived: Sequence[Lived]) -> list[str]:
    """Return a line for each fault."""
    lines = []
    for each in lived:
        found = "NOT NAMED" if each.seconds is None else f"named after {each.seconds:.0f} s"
        lines.append(f"{each.fault.what}, live: {found} ({'; '.join(each.causes)})")
    return lines
