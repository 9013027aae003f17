"""A program that starts another and forgets it, for the test of how children end."""

import subprocess
import sys
import time

if __name__ == "__main__":
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("started", flush=True)  # noqa: T201 (what the test waits for)
    time.sleep(60)
