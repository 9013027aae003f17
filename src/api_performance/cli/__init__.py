"""The command line. Imports nothing by itself, since every worker of `run` passes through here."""

from __future__ import annotations


def main() -> None:
    """Carry out the command in `sys.argv`; exit 1 after an error, 2 after a wrong command."""
    from api_performance.cli.commands import carry_out

    carry_out()
