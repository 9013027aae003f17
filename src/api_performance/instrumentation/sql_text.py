r"""The fingerprint of a statement: its text without any value, so that equal work has one name.

A tokenizer, no parser: it knows where strings, numbers and comments of a database's SQL begin and
end, and lets through only what is left. Where a token may be either a value or a name it is taken
for a value; where a string may end at two places (an unknown database, `'\'`) the rest goes with
it. A fingerprint costs some 50 µs, so `Statements` remembers 2,000 of a database's texts: of at
most MAX_RAW characters each, 8 MB if all are as long.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MAX_RAW: Final = 4_000
"""Characters of a statement that are looked at: a fingerprint is cut at half of them anyway."""

_COMMENT: Final = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_NESTING: Final = r"/\*(?:[^*/]|\*(?!/)|/(?!\*){inner})*+\*/"
_NESTED_COMMENT: Final = (
    _NESTING.format(inner="|" + _NESTING.format(inner="|" + _NESTING.format(inner="")))
    + r"|/\*.*"  # nested deeper than three, or without an end: the rest
)
_TO_LINE_END: Final = r"--[^\n]*"

_STRING: Final = r"'[^']*+(?:''[^']*+)*+(?:'|\Z)"
_ESCAPED: Final = r"'[^'\\]*+(?:(?:''|\\.|\\\Z)[^'\\]*+)*+(?:'|\Z)"
_UNSURE: Final = r"'''.*|'[^'\\]*+(?:(?:''|\\[^'])[^'\\]*+)*+(?:'|\\'.*|\\?\Z)"
_E_STRING: Final = rf"[eE](?:{_ESCAPED})(?:\s*\n\s*(?:{_ESCAPED}))*+"
_DOLLAR_STRING: Final = r"\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)"
_Q_STRING: Final = (
    r"[nN]?[qQ]'(?:\[.*?(?:\]'|\Z)|\{.*?(?:\}'|\Z)|\(.*?(?:\)'|\Z)|<.*?(?:>'|\Z)"
    r"|(?P<delimiter>[^\s\w]).*?(?:(?P=delimiter)'|\Z))"
)

_COLON: Final = r":[^\W\d]\w*"
_PERCENT: Final = r"%\([^)]*\)[a-zA-Z]|%[sbt](?!\w)"
_DOLLAR: Final = r"\$\d+"
_AT: Final = r"[@$][^\W\d]\w*"
_NUMBERED: Final = r":\d+"


def _doubled(pattern: str) -> str:
    return pattern.replace("'", '"')


def _tokens(
    *, comments: str, values: tuple[str, ...], names: tuple[str, ...] = (), unsure: str = "(?!)"
) -> re.Pattern[str]:
    """Compile a database's tokens; what the groups are called says what becomes of them."""
    values = (*values, _PERCENT, _COLON, _DOLLAR, r"\?\d*")
    number = r"\.?\d[\w.]*+(?:(?<=[eE])[-+]\d\w*)?"
    return re.compile(
        rf"(?P<space>(?:\s|{comments})+)|(?P<other>::|@@\w+)|(?P<value>(?:{'|'.join(values)}))"
        rf"|(?P<unsure>{unsure})|(?P<name>{'|'.join((*names, '(?!)'))})"
        rf"|(?P<number>{number})|(?P<word>[^\W\d][\w$#]*)|(?P<rest>.)",
        re.DOTALL,
    )


_QUOTED_NAME: Final = r'"[^"]*+(?:""[^"]*+)*+"'
_BACKTICKS: Final = r"`[^`]*+(?:``[^`]*+)*+`"
_BRACKETS: Final = r"\[[^\]]*+\]"
_OPEN: Final = '"[^"]*+(?:""[^"]*+)*+\\Z'  # a quoted name that is cut off: it might be anything
_PREFIX: Final = r"(?:[nNxXbB]|[uU]&)?"


def _postgresql() -> re.Pattern[str]:
    values = (_E_STRING, f"{_PREFIX}{_STRING}", _DOLLAR_STRING, _OPEN)
    comments = rf"--[^\n\r]*|{_NESTED_COMMENT}"
    return _tokens(comments=comments, values=values, names=(_QUOTED_NAME,))


def _mysql() -> re.Pattern[str]:
    values = (f"{_PREFIX}(?:{_ESCAPED})", _doubled(_ESCAPED))
    comments = rf"--(?=\s|\Z)[^\n]*|#[^\n]*|{_COMMENT}"
    return _tokens(comments=comments, values=values, names=(_BACKTICKS,))


def _sqlite() -> re.Pattern[str]:
    return _tokens(
        comments=rf"{_TO_LINE_END}|{_COMMENT}",
        values=(f"{_PREFIX}{_STRING}", _AT, _NUMBERED),
        names=(_BACKTICKS, _BRACKETS),
        unsure=_doubled(_STRING),
    )


def _oracle() -> re.Pattern[str]:
    return _tokens(
        comments=rf"{_TO_LINE_END}|{_COMMENT}",
        values=(_Q_STRING, f"{_PREFIX}{_STRING}", _NUMBERED, _OPEN),
        names=(_QUOTED_NAME,),
    )


def _sql_server() -> re.Pattern[str]:
    return _tokens(
        comments=rf"{_TO_LINE_END}|{_NESTED_COMMENT}",
        values=(f"{_PREFIX}{_STRING}", _AT, _OPEN),
        names=(_QUOTED_NAME, _BRACKETS),
    )


def _unknown() -> re.Pattern[str]:
    return _tokens(
        comments=rf"{_TO_LINE_END}|#(?!\w)[^\n]*|{_NESTED_COMMENT}",
        values=(_Q_STRING, f"{_PREFIX}(?:{_UNSURE})", _DOLLAR_STRING, _AT, _NUMBERED),
        names=(_BACKTICKS,),
        unsure=_doubled(_UNSURE),
    )


_DIALECTS: Final = {
    "postgresql": _postgresql,
    "cockroachdb": _postgresql,
    "redshift": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "sqlite": _sqlite,
    "oracle": _oracle,
    "oracle.db": _oracle,
    "mssql": _sql_server,
    "microsoft.sql_server": _sql_server,
}


@lru_cache(maxsize=32)
def _pattern_of(system: str) -> re.Pattern[str]:
    return _DIALECTS.get(system, _unknown)()


# What follows works on text that holds no value any more, and makes equal what is of one kind.

_CAST: Final = (
    r"(?:\s?::\s?[\w.]+(?: PRECISION| VARYING| WITH TIME ZONE| WITHOUT TIME ZONE)?"
    r"(?:\(\?(?:, ?\?)*\))?(?:\[\])*)?"
)
_ITEM: Final = rf"\?{_CAST}"
_ROW: Final = r"\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)"
_ALIKE: Final = tuple(
    (words, re.compile(pattern, re.IGNORECASE), to)
    for words, pattern, to in (
        (("IN", "ARRAY"), rf"(\b(?:IN ?\(|ARRAY ?\[) ?{_ITEM})(?: ?, ?{_ITEM})++", r"\1"),
        (
            ("VALUES", "IN"),
            rf"(\b(?:VALUES|IN ?\() ?{_ROW})(?: ?, ?{_ROW})++(?: ?, ?\([^()]*\Z)?",
            r"\1",
        ),
        # names that are made anew each time
        (
            ("SAVEPOINT", "ROLLBACK", "RELEASE"),
            r"((?:^|; ?)(?:ROLLBACK (?:(?:TRANSACTION|WORK) )?TO (?:SAVEPOINT )?"
            r"|RELEASE (?:SAVEPOINT )?|SAVEPOINT ))[^\s;]+",
            r"\1?",
        ),
        # values without quotes
        (
            ("SET",),
            r"((?:^|; ?)SET (?:(?:LOCAL|SESSION|GLOBAL) )?(?!TRANSACTION|ROLE\b|NAMES)[\w.@`]+ ?"
            r"(?:=|\bTO\b) ?)[^;]+",
            r"\1?",
        ),
        (("IDENTIFIED",), r'(\bIDENTIFIED (?:BY|AS) )(?:"[^"]*"|[^\s;]+)', r"\1?"),
        (("PRAGMA",), r"(\bPRAGMA (?:re|hex|hexre)?key\b)[^;]*", r"\1 ?"),
    )
)

_SIGN: Final = re.compile(r"[-+] ?(?=\?)")
_BEFORE_A_SIGN: Final = re.compile(
    r"(?:^|[=<>(,+*/|%!-] ?|\b(?:AND|OR|NOT|BETWEEN|WHEN|THEN|ELSE|CASE|SELECT|WHERE|ON|LIKE|LIMIT"
    r"|OFFSET|BY|RETURNING|DISTINCT) )\Z",
    re.IGNORECASE,
)
"""What a sign of a number follows; one that follows an operand is an operator."""

_BEFORE_A_NAME: Final = re.compile(
    r"(?:(?:^|[^\w$#.])(?:JOIN|INTO|UPDATE|TABLE|INDEX|AS|(?<!\bDISTINCT )FROM) |\.)\Z",
    re.IGNORECASE,
)
_A_NAME: Final = re.compile(r'"[^\W\d]\w{0,62}"')
_NAME_FOLLOWS: Final = re.compile(r'\.["\w*`]')


def fingerprint(sql: str, system: str) -> str:
    """Return a statement without any value, in the SQL of `system` (`postgresql`, `sqlite`, …).

    Values and bind markers are `?`, lists of values one `?`, rows of VALUES one row; comments are
    gone and white space is one space. Of a longer statement the first MAX_RAW characters count.
    """
    sql = sql[:MAX_RAW]
    text = ""
    for token in _pattern_of(system).finditer(sql):
        kind = token.lastgroup
        if kind == "space":
            text += "" if not text or text[-1] == " " else " "
        elif kind in ("value", "number") or (kind == "unsure" and not _is_name(text, token)):
            text += "?"
        else:
            text += token[0]
    text = text.strip(" ;")
    text = _SIGN.sub(_operator, text)
    capitals = text.upper()
    for words, pattern, to in _ALIKE:
        if any(word in capitals for word in words):
            text = pattern.sub(to, text)
    return text


def _operator(sign: re.Match[str]) -> str:
    """Return a sign where it is an operator, and nothing where it belongs to a value."""
    before = sign.string[max(sign.start() - 12, 0) : sign.start()]
    return "" if _BEFORE_A_SIGN.search(before) else sign[0]


def _is_name(before: str, token: re.Match[str]) -> bool:
    """Tell whether what stands in double quotes can be nothing but a name."""
    if not _A_NAME.fullmatch(token[0]):
        return False
    follows = _NAME_FOLLOWS.match(token.string, token.end())
    return bool(follows or _BEFORE_A_NAME.search(before[-40:]))
