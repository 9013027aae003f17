"""What the product costs, as ratios measured in one run, judged by `python -m benchmarks.gates`."""

import os

# As in the process that judges; a second thread of numpy's counts its waiting as work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
