"""What became worse as SARIF 2.1.0, which code hosts show beside the lines of a change.

A result is of an endpoint, so its place is a logical one; where an operation is why, its line is
the physical one (OASIS, Static Analysis Results Interchange Format, 3.27 and 3.28).
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any, Final

from api_performance import units
from api_performance.analysis.recorded import Compared, Metric, Verdict
from api_performance.changes.recordings import Check, EndpointCheck, Mover

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_RULES: Final = {
    Metric.MEAN: ("slower", "The mean response time became longer."),
    Metric.P95: ("slower-tail", "The slowest twentieth of the requests became slower."),
    Metric.ERRORS: ("more-errors", "More requests fail."),
}
_SOURCE: Final = re.compile(r"(?P<file>.+):(?P<line>\d+) in ")

Json = dict[str, Any]  # Any: JSON's types, as the format nests them


def sarif(found: Check) -> Json:
    """Return a log of one run, with a result for each metric that became worse."""
    results = [
        _result(endpoint, each)
        for endpoint in found.worse
        for each in endpoint.compared
        if each.verdict is Verdict.WORSE
    ]
    rules = [{"id": of, "shortDescription": {"text": text}} for of, text in _RULES.values()]
    driver = {"name": "api-performance", "version": version("api-performance"), "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(endpoint: EndpointCheck, each: Compared) -> Json:
    name = endpoint.endpoint.name
    logical = {"name": name, "fullyQualifiedName": f"{endpoint.endpoint.service} {name}"}
    place: Json = {"logicalLocations": [logical]}
    physical = None if each.metric is Metric.ERRORS else _physical(endpoint.mover)
    if physical is not None:
        place["physicalLocation"] = physical
    rule = _RULES[each.metric][0]
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": _text(name, each)},
        "locations": [place],
        "partialFingerprints": {"endpoint/v1": f"{endpoint.endpoint.id}:{rule}"},
    }


def _text(name: str, each: Compared) -> str:
    if each.change is None or each.low is None or each.high is None:
        return (
            f"{name}: {units.share(each.after)} of the requests fail, {units.share(each.before)}"
            " before."
        )
    return (
        f"{name}: {each.metric.value} {units.duration(each.after)}, {units.duration(each.before)}"
        f" before: {each.change:+.0%}, surely within {each.low:+.0%} and {each.high:+.0%}."
    )


def _physical(mover: Mover | None) -> Json | None:
    """Return the line of what most was added to; None where it is unknown."""
    found = _SOURCE.match(mover.operation.source) if mover is not None else None
    if found is None:
        return None
    return {
        "artifactLocation": {"uri": found["file"]},
        "region": {"startLine": int(found["line"])},
    }
