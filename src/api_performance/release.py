"""The release of this package, for whoever may not load the rest of it."""

from typing import Final

RELEASE: Final = "0.1.0"
