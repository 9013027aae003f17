"""Run the load on its own: `python -m demo.load --url http://127.0.0.1:8000 --seconds 60`.

Its last line of output is a JSON object with what was sent and what came back.
"""

import argparse
import asyncio
import json
import signal

from demo.load.driver import Driver, Plan


async def run(plan: Plan) -> dict[str, object]:
    """Run the plan until its end, or until told to stop; what was sent and what came back."""
    driver = Driver(plan)
    task = asyncio.create_task(driver.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return {
        "requests": driver.tally.requests,
        "errors": driver.tally.errors,
        "statuses": dict(sorted(driver.tally.statuses.items())),
        "turned_away": driver.turned_away,
    }


def parse_plan() -> Plan:
    """The plan that the command line gives."""
    parser = argparse.ArgumentParser(prog="python -m demo.load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seconds", type=float, default=12 * 3600.0)
    parser.add_argument("--day-seconds", type=float, default=240.0)
    parser.add_argument("--peak", type=float, default=80.0, help="requests a second at noon")
    options = parser.parse_args()
    return Plan(options.url, options.seconds, options.day_seconds, options.peak)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(parse_plan()))))
