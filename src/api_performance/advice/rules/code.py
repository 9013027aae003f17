"""Steps of the framework that take long, where they are told apart (`steps`)."""

from __future__ import annotations

from collections.abc import Iterator

from api_performance.advice.facts import EndpointFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import percent
from api_performance.model import DEPENDENCIES

SERIALIZATION = "response serialization"


def serialization(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find endpoints whose response takes long to be made text of."""
    yield from _step(
        *(seen, bounds, SERIALIZATION, Estimate(0.3, 0.6, 0.95)),
        title="Make the response's text at less cost",
        remedy=(
            "Return fewer fields or a page of them, return a `Response` whose text is made already,"
            " or leave out `response_model` where what is returned was checked before."
        ),
    )


def dependencies(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find endpoints whose dependencies compute for long."""
    yield from _step(
        *(seen, bounds, DEPENDENCIES, Estimate(0.2, 0.5, 0.95)),
        title="Let dependencies do less",
        remedy=(
            "What does not change from request to request (settings, keys, clients) make once, at"
            " the start of the application."
        ),
    )


def _step(
    seen: EndpointFacts, bounds: Bounds, name: str, saved: Estimate, *, title: str, remedy: str
) -> Iterator[Found]:
    for each in seen.steps:
        timed = each.sums.requests
        if each.operation.text != name or timed < bounds["least_timed"]:
            continue
        seconds = each.sums.exclusive_seconds / timed
        share = min(seconds / seen.mean_seconds, 1.0) if seen.mean_seconds else 0.0
        if share < bounds["least_share"] or seconds < bounds["least_seconds"]:
            continue
        yield Found(
            title=title,
            description=(
                f"{name.capitalize()} takes {percent(share)} of the response time. {remedy}"
            ),
            saved=saved.scaled(share),
            derivation=f"The step's own time is {percent(share)} of the response time.",
            evidence=(
                Evidence("the step's time", seconds, "seconds"),
                Evidence("share of the response time", share, "ratio"),
                Evidence("requests whose steps were timed", float(timed), "count"),
            ),
            key=name,
            explains=(name, "processing"),
        )
