"""What looks for changes needs numpy, which is an extra."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("numpy") else ["test_minutes.py", "test_watching.py"]
