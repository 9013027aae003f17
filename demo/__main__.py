"""`python -m demo`: see `command.py`, which is loaded late, for Ctrl-C to end it quietly too."""

import sys

from demo.processes import stop_signals

if __name__ == "__main__":
    with stop_signals() as stop:
        from demo.command import main

        sys.exit(main(stop))
