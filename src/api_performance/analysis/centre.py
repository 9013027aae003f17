"""Where the bulk of a minute's response times lies, and how far its slow part lies from that.

Both are read from the whole histogram, on a logarithmic axis, as one-step maximum likelihood
estimates (Le Cam, 1956): the shape of the endpoint's own past days says how much each bin tells of
a shift. So 150 requests of a usual mixture of quick and slow ones tell the centre to some 2.5 %
rather than the 6 to 9 % of their mean logarithm or median (measured on `benchmarks/analysis`), and
the slow part apart from what moved all requests alike.

The shape is learned anew each day, from minutes that are laid over each other by their centres, so
that it is not blurred by the day's cycle. A reader keeps 1.7 kB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers, Stored

SHAPE_REACH: Final = 3.5
"""Logarithm of how far a shape reaches to both sides of its centre: a factor of 33."""

SEARCH_REACH: Final = 1.3
"""Logarithm of how far a centre may lie from where it was a day ago: a factor of 3.7."""

REMEMBERED_REQUESTS: Final = 300.0
MOST_MINUTES: Final = 15.0
"""A minute's requests may be too few to say where to look; those of some minutes before help."""

TAIL_QUANTILE: Final = 0.85
TAIL_SOFTNESS: Final = 0.3
"""Where the slow part begins, and over what logarithm: of the directions tried it tells of a slow
path, whatever its share (15 to 40 %), 89 % of what knowing the path would."""

LEARNED: Final = (60, 240, 720, 1440)
"""Minutes after which the shape is learned anew; then every day."""

KEPT_A_DAY: Final = 0.85
"""A day's share in the shape, a day later: a week or so is remembered."""

_DAY: Final = 1440
_KERNEL: Final = 0.045  # of the smoothing, a logarithm: a third of the narrowest bulk seen
_BROAD: Final = 0.4
_BROAD_SHARE: Final = 0.02  # what no past minute had is rare, not impossible: scores stay bounded
_FLOOR: Final = 2e-4
_FIRST_SPREAD: Final = 0.6  # a lognormal stands in until something was learned


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Requests of adjacent minutes (rows) per duration (columns).

    Columns are equally wide on a logarithmic axis; `first` is the logarithm of the first one's
    middle in seconds, `width` the distance of two.
    """

    counts: Stored
    first: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """What was read of minutes: logarithms, their sampling variances, and the requests.

    `centre` is that of seconds; `tail` the distance of the slow part from it, beyond the usual.
    NaN for a minute without requests.
    """

    centre: Numbers
    centre_noise: Numbers
    tail: Numbers
    tail_noise: Numbers
    count: Numbers


class Shape:
    """How the requests of a minute are spread around its centre, and what each bin says of it."""

    def __init__(self, density: Numbers, width: float) -> None:
        """Take a density over bins of `width`, of whatever sum; the centre lies in the middle."""
        smooth = _smoothed(density / density.sum(), _KERNEL / width)
        broad = _smoothed(smooth, _BROAD / width)
        density = (1 - _BROAD_SHARE) * smooth + _BROAD_SHARE * broad + _FLOOR / len(smooth)
        density /= density.sum()
        self.likelihood = np.log(density)
        self.score = -np.gradient(density) / width / density
        self.information = float(density @ self.score**2)
        self.tail = self._tail_score(density, width)
        self.tail_information = float(density @ self.tail**2)

    def _tail_score(self, density: Numbers, width: float) -> Numbers:
        """Return the score of a shift of the slow part, less what it says of the centre."""
        along = np.arange(len(density)) * width
        begins = np.interp(TAIL_QUANTILE, np.cumsum(density), along)
        slow = 1 / (1 + np.exp(-(along - begins) / TAIL_SOFTNESS))
        score = -np.gradient(slow * density) / width / density
        score -= density @ score
        common: Numbers = score - (density @ (score * self.score)) / self.information * self.score
        return common


class CentreReader:
    """Reads centres and tails of one endpoint's minutes, in order, learning its shape."""

    __slots__ = (
        "_evidence",
        "_learned",
        "_minutes",
        "_offset",
        "_reach",
        "_reference",
        "_search",
        "_seen",
        "_width",
    )

    def __init__(self, width: float) -> None:
        """Read histograms whose columns are `width` apart, a logarithm."""
        self._width = width
        self._reach = int(np.ceil(SHAPE_REACH / width))
        self._search = int(np.ceil(SEARCH_REACH / width))
        self._minutes = 0
        self._reference: int | None = None  # a bin, counted from a logarithm of 0
        self._offset = 0.0  # of the columns from those bins, a logarithm
        self._evidence = np.zeros(2 * self._search + 1, np.float32)
        self._seen = np.zeros(2 * self._reach + 1, np.float32)
        self._learned = self._first_density()

    def read(self, histogram: Histogram) -> Levels:
        """Read the minutes that follow those read before; empty ones are told as all zeros."""
        counts = histogram.counts.astype(np.float32, copy=False)
        first = int(np.round(histogram.first / self._width))
        self._offset = histogram.first - first * self._width
        pieces, begin = [], 0
        while begin < len(counts):
            end = min(len(counts), begin + self._until_learning())
            pieces.append(self._read_piece(counts[begin:end], first))
            begin = end
        return Levels(*(np.concatenate(each) for each in zip(*pieces, strict=True)))

    def _until_learning(self) -> int:
        later = [each - self._minutes for each in LEARNED if each > self._minutes]
        return later[0] if later else _DAY - self._minutes % _DAY

    def _read_piece(self, counts: Stored, first: int) -> tuple[Numbers, ...]:
        requests = counts.sum(axis=1, dtype=float)
        has_data = requests > 0
        if self._reference is None and has_data.any():
            self._reference = first + _median_bin(counts[np.argmax(has_data)])
        if self._reference is None:
            found = tuple(np.full(len(counts), np.nan) for _ in range(4))
        else:
            found = self._estimate(counts, first, self._reference)
        self._minutes += len(counts)
        if self._minutes in LEARNED or self._minutes % _DAY == 0:
            self._learn()
        return *found, requests

    def _estimate(self, counts: Stored, first: int, reference: int) -> tuple[Numbers, ...]:
        """Estimate each minute one step from where the last few minutes' requests are likeliest."""
        shape = Shape(self._learned.astype(float), self._width)
        requests, first = counts.sum(axis=1, dtype=float), first - reference
        near = self._likeliest(
            counts @ self._tables(shape.likelihood, first, counts.shape[1]), requests
        )
        self._remember(counts, first, near)
        number = np.where(requests > 0, requests, np.nan)
        score = self._at(counts @ self._tables(shape.score, first, counts.shape[1]), near)
        tail = self._at(counts @ self._tables(shape.tail, first, counts.shape[1]), near)
        step = score / (number * shape.information)
        centre = (near + reference) * self._width + self._offset + step
        return (
            centre,
            1 / (number * shape.information),
            tail / (number * shape.tail_information),
            1 / (number * shape.tail_information),
        )

    def _tables(self, table: Numbers, first: int, columns: int) -> Stored:
        """Return for each column what `table` says of it, for every centre that is searched."""
        centres = np.arange(-self._search, self._search + 1)
        places = np.arange(columns)[:, None] + first - centres[None, :] + self._reach
        found: Stored = table.astype(np.float32)[np.clip(places, 0, len(table) - 1)]
        return found

    def _likeliest(self, evidence: Stored, requests: Numbers) -> Numbers:
        """Return in bins from the reference where each minute, and those before it, are likeliest.

        Adds each row to what is left of the rows before it.
        """
        kept = np.clip(1 - requests / REMEMBERED_REQUESTS, 0, 1 - 1 / MOST_MINUTES)
        so_far = self._evidence
        for row, share in zip(evidence, kept.astype(np.float32), strict=True):
            row += share * so_far
            so_far = row
        if len(evidence):
            self._evidence = evidence[-1].copy()
        rows = np.arange(len(evidence))
        best = np.clip(evidence.argmax(axis=1), 1, evidence.shape[1] - 2)
        before, at, after = (evidence[rows, best + each].astype(float) for each in (-1, 0, 1))
        bend = before - 2 * at + after
        step = np.where(bend < 0, (before - after) / np.where(bend < 0, 2 * bend, -1.0), 0.0)
        found: Numbers = best - self._search + np.clip(step, -1, 1)
        return found

    def _at(self, tabled: Stored, near: Numbers) -> Numbers:
        """Return each row's value at a centre between two that were tabled."""
        places = near + self._search
        below = np.clip(np.floor(places).astype(int), 0, tabled.shape[1] - 2)
        above, rows = places - below, np.arange(len(tabled))
        found: Numbers = tabled[rows, below] * (1 - above) + tabled[rows, below + 1] * above
        return found

    def _remember(self, counts: Stored, first: int, near: Numbers) -> None:
        """Lay minutes over each other by their centres."""
        nearest = np.round(near).astype(int)
        for centre in set(nearest.tolist()):  # np.unique imports 8 MB of masked arrays
            total = counts[nearest == centre].sum(axis=0)
            begin = first - centre + self._reach
            low, high = max(0, -begin), min(len(total), len(self._seen) - begin)
            if low < high:
                self._seen[begin + low : begin + high] += total[low:high]

    def _learn(self) -> None:
        """Take what was seen for the shape, and look for centres around the last one."""
        if self._seen.sum() <= 0 or self._reference is None:
            return
        self._learned = self._seen.copy()
        self._seen *= KEPT_A_DAY
        moved = int(np.argmax(self._evidence)) - self._search
        if moved:
            shifted = np.full_like(self._evidence, self._evidence.min())
            low, high = max(0, moved), len(shifted) + min(0, moved)
            shifted[low - moved : high - moved] = self._evidence[low:high]
            self._evidence, self._reference = shifted, self._reference + moved

    def _first_density(self) -> Stored:
        along = np.arange(-self._reach, self._reach + 1) * self._width
        found: Stored = np.exp(-0.5 * (along / _FIRST_SPREAD) ** 2).astype(np.float32)
        return found


def _smoothed(density: Numbers, spread: float) -> Numbers:
    """Return a density smoothed by a Gaussian kernel of `spread` bins."""
    reach = int(4 * spread) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    found: Numbers = np.convolve(density, kernel / kernel.sum(), "same")
    return found


def _median_bin(counts: Stored) -> int:
    """Return the column that the middle request lies in."""
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
