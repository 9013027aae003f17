"""What is sent: large responses that are not compressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import EndpointFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import percent
from api_performance.measure.responses import NOT_COMPRESSED
from api_performance.model import LatencyType

SAVED_RATIO: Final = 0.75
"""What gzip takes of JSON and HTML, 0.6 to 0.9 (HTTP Archive, Web Almanac 2022, Compression)."""

BYTES_PER_SECOND: Final = 25e6 / 8
"""A mobile connection of 25 Mbit/s, for no server sees how fast its clients are."""


def uncompressed(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find endpoints whose large responses of text go out as they are, to who would take less."""
    looked = sum(each.sums.calls for each in seen.large)
    plain = sum(each.sums.calls for each in seen.large if each.operation.text == NOT_COMPRESSED)
    if looked < bounds["least_looks"] or plain < bounds["least_ratio"] * looked:
        return
    size = seen.sums.bytes_out / max(seen.count, 1)
    saved_bytes = SAVED_RATIO * size * plain / looked
    waiting = saved_bytes / BYTES_PER_SECOND
    network = seen.share_of(LatencyType.NETWORK)
    yield Found(
        title="Compress large responses",
        description=(
            f"Responses of {units.size(size)} on average go out uncompressed, though clients accept"
            " it. Compress them in the proxy, or add Starlette's `GZipMiddleware`."
        ),
        saved=Estimate(0.0, 0.5, SAVED_RATIO).scaled(network),
        derivation=(
            f"Compression takes about {percent(SAVED_RATIO)} of text: {units.size(saved_bytes)} a"
            f" request, {units.duration(waiting)} at 25 Mbit/s. Of the response time as the server"
            " sees it only the network's share can shrink."
        ),
        evidence=(
            Evidence("mean size of a response", size, "bytes"),
            Evidence("large responses not compressed, of those looked at", plain / looked, "ratio"),
            Evidence("large responses looked at", float(looked), "count"),
        ),
        explains=("compression",),
        saved_seconds=waiting * seen.count,
    )
