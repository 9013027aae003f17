"""What looks for changes needs numpy, which is an extra."""

from importlib.util import find_spec

NUMERIC = ["test_minutes.py", "test_moved.py", "test_watches.py", "test_watching.py"]

collect_ignore = [] if find_spec("numpy") else NUMERIC
