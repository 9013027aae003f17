"""Print what watching adds to a request: `python -m benchmarks.overhead`."""

from benchmarks.overhead.gate import run

for result in run():
    print(result.sentence())
