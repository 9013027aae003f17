"""Where the shop finds its database, its cache and the third party, read from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What one worker of the shop needs to know to start."""

    database: Path
    cache_port: int
    third_party_url: str
    secret: str

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings that `python -m demo` sets; a missing one raises `KeyError`."""
        return cls(
            database=Path(os.environ["DEMO_DATABASE"]),
            cache_port=int(os.environ["DEMO_CACHE_PORT"]),
            third_party_url=os.environ["DEMO_THIRD_PARTY_URL"],
            secret=os.environ["DEMO_SECRET"],
        )

    def as_environment(self) -> dict[str, str]:
        """The environment variables from which `from_environment` reads these settings back."""
        return {
            "DEMO_DATABASE": str(self.database),
            "DEMO_CACHE_PORT": str(self.cache_port),
            "DEMO_THIRD_PARTY_URL": self.third_party_url,
            "DEMO_SECRET": self.secret,
        }
