"""The fingerprint of a cache's command: its name and known subcommand, never a key or a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from api_performance.measure.operations import known
from api_performance.model import LatencyType, Operation

MAX_COMMANDS: Final = 8
"""Different commands that the name of a pipeline tells."""

MAX_LOOKED_AT: Final = 100
"""Commands of a pipeline that are looked at for its name: it may have thousands."""

MAX_REMEMBERED: Final = 500
"""First arguments whose operation is remembered. Redis has some 400 commands; a program that
writes `execute_command("SET key value")` makes one of each, and those are not remembered."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z._]{0,31}")

_SUBCOMMANDS: Final = {
    "ACL": "CAT DELUSER DRYRUN GENPASS GETUSER LIST LOAD LOG SAVE SETUSER USERS WHOAMI",
    "CLIENT": "CACHING GETNAME GETREDIR ID INFO KILL LIST NO-EVICT NO-TOUCH PAUSE REPLY SETINFO"
    " SETNAME TRACKING TRACKINGINFO UNBLOCK UNPAUSE",
    "CLUSTER": "COUNTKEYSINSLOT FAILOVER INFO KEYSLOT LINKS MYID NODES REPLICAS RESET SHARDS SLOTS",
    "COMMAND": "COUNT DOCS GETKEYS GETKEYSANDFLAGS INFO LIST",
    "CONFIG": "GET RESETSTAT REWRITE SET",
    "FUNCTION": "DELETE DUMP FLUSH KILL LIST LOAD RESTORE STATS",
    "LATENCY": "DOCTOR GRAPH HISTOGRAM HISTORY LATEST RESET",
    "MEMORY": "DOCTOR MALLOC-STATS PURGE STATS USAGE",
    "MODULE": "LIST LOAD LOADEX UNLOAD",
    "OBJECT": "ENCODING FREQ IDLETIME REFCOUNT",
    "PUBSUB": "CHANNELS NUMPAT NUMSUB SHARDCHANNELS SHARDNUMSUB",
    "SCRIPT": "DEBUG EXISTS FLUSH KILL LOAD",
    "SLOWLOG": "GET LEN RESET",
    "XGROUP": "CREATE CREATECONSUMER DELCONSUMER DESTROY SETID",
    "XINFO": "CONSUMERS GROUPS STREAM",
}
_KNOWN: Final = {name: frozenset(words.split()) for name, words in _SUBCOMMANDS.items()}

OPERATIONS: Final[dict[Any, Operation]] = {}  # Any: a program may give bytes
"""What `command_of` remembers, by the first word: to be read where it is asked for most."""


def command_of(args: Sequence[Any]) -> Operation:
    """Return the operation of a command, given its words as redis-py takes them."""
    operation = OPERATIONS.get(args[0])
    if operation is None:
        text = command_text(args)
        operation = known(LatencyType.CACHE, text, "redis")
        is_told_by_first = isinstance(args[0], str | bytes) and _word(args[0]).upper() == text
        if is_told_by_first and text not in _KNOWN and len(OPERATIONS) < MAX_REMEMBERED:
            OPERATIONS[args[0]] = operation
    return operation


def command_text(args: Sequence[Any]) -> str:
    """Return `GET` or `CLIENT SETNAME`: a program may also give a whole command as one word."""
    words = [word for arg in args[:2] for word in _word(arg)[:200].split(maxsplit=2)[:2]]
    name = words[0].upper() if words else ""
    if not _NAME.fullmatch(name):
        return "(unknown)"
    subcommand = words[1].upper() if len(words) > 1 else ""
    return f"{name} {subcommand}" if subcommand in _KNOWN.get(name, ()) else name


def pipeline_of(commands: Iterable[Sequence[Any]]) -> Operation:
    """Return the operation of a pipeline, given the words of its first MAX_LOOKED_AT commands."""
    return known(LatencyType.CACHE, _named(command_of(args).text for args in commands), "redis")


def pipeline_text(commands: Iterable[Sequence[Any]]) -> str:
    """Return `PIPELINE GET SET`: each command once, the first MAX_COMMANDS of them."""
    return _named(map(command_text, commands))


def _named(texts: Iterable[str]) -> str:
    names = list(dict.fromkeys(texts))
    more = ["…"] if len(names) > MAX_COMMANDS else []
    return " ".join(["PIPELINE", *names[:MAX_COMMANDS], *more])


def _word(word: Any) -> str:
    return word.decode("latin-1") if isinstance(word, bytes) else str(word)
