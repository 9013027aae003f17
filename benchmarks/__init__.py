"""What the product costs, as ratios measured in one run, judged by `python -m benchmarks.gates`."""
