"""Prints the API's OpenAPI schema: `python -m api_performance.server.openapi`."""

from __future__ import annotations

import json
import sys

from api_performance.server.app import make_api


def main() -> None:
    """Write the schema to standard output."""
    json.dump(make_api().openapi(), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
