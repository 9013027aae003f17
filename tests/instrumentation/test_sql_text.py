"""A statement's fingerprint holds no value, whatever is written, and is one for equal work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.instrumentation.sql_text import MAX_RAW, fingerprint

SYSTEMS = ["postgresql", "mysql", "mariadb", "sqlite", "oracle.db", "microsoft.sql_server", "else"]
SECRETS = ["hunter2", "ann@shop.example", "4111111111111111", "4111 1111 1111 1111", "tr0ub4dor&3"]

DOUBLE_QUOTED = ("mysql", "mariadb", "sqlite", "else")
"""Where a string may stand in double quotes."""


def single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def double(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def escaped(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize(
    ("system", "sql", "expected"),
    [
        ("sqlite", "SELECT a,\n b FROM t -- it's\nWHERE a='x';", "SELECT a, b FROM t WHERE a=?"),
        ("sqlite", "SELECT 1, -2, 0xFF, 1e-5, .5, x'AB', t1.c2", "SELECT ?, ?, ?, ?, ?, ?, t1.c2"),
        ("sqlite", "SELECT a -5, a - 5, -a FROM t", "SELECT a -?, a - ?, -a FROM t"),
        ("sqlite", "a BETWEEN -5 AND +3 OR b=-1", "a BETWEEN ? AND ? OR b=?"),
        ("sqlite", "a IN (1, 2,3) AND b IN (?)", "a IN (?) AND b IN (?)"),
        ("sqlite", "INSERT INTO t VALUES (1, 'a'), (2, f('b'))", "INSERT INTO t VALUES (?, ?)"),
        ("sqlite", "(a, b) IN ((1, 2), (3, 4))", "(a, b) IN ((?, ?))"),
        ("sqlite", "a = :b OR b = @c OR c = $d OR d = ?1", "a = ? OR b = ? OR c = ? OR d = ?"),
        ("sqlite", 'SELECT "t"."a" FROM "t" WHERE a = "a"', 'SELECT "t"."a" FROM "t" WHERE a = ?'),
        ("sqlite", 'a IS DISTINCT FROM "secret"', "a IS DISTINCT FROM ?"),
        ("sqlite", "SELECT [it's], `it's` FROM t", "SELECT [it's], `it's` FROM t"),
        ("postgresql", "a = $1::int OR b = ANY(ARRAY[$2, $3])", "a = ?::int OR b = ANY(ARRAY[?])"),
        ("postgresql", "a IN ($1::VARCHAR, $2::VARCHAR)", "a IN (?::VARCHAR)"),
        ("postgresql", "a = %(name)s AND b = %s AND c LIKE %b", "a = ? AND b = ? AND c LIKE ?"),
        ("postgresql", r"a = E'it\'s' AND b = 'C:\' AND c = N'x'", "a = ? AND b = ? AND c = ?"),
        ("postgresql", "a = $tag$ it's $x$ $tag$ AND b = $$it's$$", "a = ? AND b = ?"),
        ("postgresql", "SELECT /* a /* 'b */ c */ 1", "SELECT ?"),
        ("postgresql", 'SELECT "it\'s" FROM t', 'SELECT "it\'s" FROM t'),
        ("postgresql", "a->>'email' = 'x' AND b ?| array['c','d']", "a->>? = ? AND b ?| array[?]"),
        ("postgresql", "SAVEPOINT sa_savepoint_1", "SAVEPOINT ?"),
        ("postgresql", "ROLLBACK TO SAVEPOINT a_1;", "ROLLBACK TO SAVEPOINT ?"),
        ("postgresql", "SET LOCAL app.tenant TO acme, other", "SET LOCAL app.tenant TO ?"),
        ("postgresql", "UPDATE t SET a = b", "UPDATE t SET a = b"),
        ("mysql", r"""a = 'it\'s' AND b = "it\"s" # it's""", "a = ? AND b = ?"),
        ("mysql", "SELECT 5--'a\nb' -- it's\n, c", "SELECT ?-? , c"),
        ("mysql", "a = _utf8mb4'x' AND @b = 1", "a = _utf8mb4? AND @b = ?"),
        ("oracle", "ALTER USER ann IDENTIFIED BY hunter2", "ALTER USER ann IDENTIFIED BY ?"),
        ("oracle", "SELECT q'[it's]', :1 FROM dual", "SELECT ?, ? FROM dual"),
        ("mssql", "SELECT [a'b] FROM #t WHERE @p1 = N'x'", "SELECT [a'b] FROM #t WHERE ? = ?"),
        ("sqlite", "PRAGMA key = hunter2", "PRAGMA key ?"),
    ],
)  # fmt: skip
def test_a_statement_without_its_values(system: str, sql: str, expected: str) -> None:
    assert fingerprint(sql, system) == expected


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_passwords_addresses_and_card_numbers_are_gone(system: str, secret: str) -> None:
    number = secret.replace(" ", "")
    statements = [
        f"SELECT * FROM users WHERE email = {single(secret)} AND id = 5",
        f"INSERT INTO users (a, b) VALUES (1, {single(secret)}), (2, {single(secret)})",
        f"UPDATE users SET note={single(secret)} -- was {secret}\nWHERE a=1",
        f"/* {secret}; it's */ SELECT 1",
        f"SELECT a FROM t WHERE b = 'it''s {secret}",
        f"CREATE USER ann PASSWORD {single(secret)}",
    ]
    if system in DOUBLE_QUOTED:
        statements.append(f"SELECT * FROM users WHERE email = {double(secret)}")
    if number.isdigit():
        statements.append(f"SELECT * FROM cards WHERE number = {number} OR number=-{number}")
    for sql in statements:
        assert secret not in fingerprint(sql, system), sql


def literals(system: str, text: str) -> list[str]:
    """Every way to write a text as a value."""
    forms = [single(text)]
    if system in ("mysql", "mariadb"):
        forms = [escaped(text), "X" + escaped(text), double(text.replace("\\", "\\\\"))]
    if system == "postgresql":
        forms += ["E" + escaped(text), f"$q${text}$q$", "U&" + single(text)]
    if system == "oracle.db":
        forms.append(f"q'[{text}]'")
    if system == "sqlite":
        forms.append(double(text))
    return forms


PLANTED = "zq8planted"
NOISE = st.text("ab1 '\"\\$`[]()-/*#;:@?%\n,.", max_size=12)
COMMENTS = st.sampled_from(["/* {} */", "-- {}\n"])


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, str]:
    """A system, and a statement in which every value and comment holds the planted word."""
    system = draw(st.sampled_from(SYSTEMS[:-1]))
    parts = []
    for _ in range(draw(st.integers(1, 6))):
        text = draw(NOISE) + PLANTED + draw(NOISE)
        if draw(st.booleans()):
            text = text.replace("/*", "").replace("*/", "").replace("\n", "")
            parts.append(draw(COMMENTS).format(text))
        else:
            text = text.replace("$q$", "").replace("]'", "")
            parts.append(draw(st.sampled_from(literals(system, text))))
        parts.append(draw(st.sampled_from([" AND a = ", ",", " + ", ")\nOR (b <> ", " || ", "="])))
    return system, "SELECT * FROM t WHERE c = " + "".join(parts)


@given(statements())
def test_no_planted_value_is_left(planted: tuple[str, str]) -> None:
    system, sql = planted
    assert PLANTED not in fingerprint(sql, system), sql


@given(statements(), st.integers(0, 200))
def test_nor_of_a_statement_that_is_cut_off(planted: tuple[str, str], at: int) -> None:
    system, sql = planted
    assert PLANTED not in fingerprint(sql[:at], system), sql[:at]


@given(st.sampled_from(SYSTEMS), st.text("ab1 '\"\\$`[]()-/*#;:@?%\n,.E&q", max_size=60))
def test_any_text_has_a_fingerprint_no_longer_than_itself(system: str, sql: str) -> None:
    assert len(fingerprint(sql, system)) <= len(sql) + 2  # what may be a key is named by ` ?`


@pytest.mark.parametrize("system", SYSTEMS)
def test_lists_of_any_length_and_numbers_of_any_size_have_one_fingerprint(system: str) -> None:
    def insert(rows: int) -> str:
        values = ", ".join(f"({row}, 'x{row}', NULL)" for row in range(rows))
        return f"INSERT INTO t (a, b, c) VALUES {values}"

    def select(count: int) -> str:
        return f"SELECT a FROM t WHERE a IN ({', '.join(map(str, range(count)))})"

    assert {fingerprint(insert(rows), system) for rows in (1, 2, 50, 2_000)} == {
        "INSERT INTO t (a, b, c) VALUES (?, ?, NULL)"
    }
    assert {fingerprint(select(count), system) for count in (1, 2, 100)} == {
        "SELECT a FROM t WHERE a IN (?)"
    }


def test_of_a_very_long_statement_the_beginning_counts() -> None:
    sql = "SELECT " + "a, " * MAX_RAW + "'secret'"
    assert fingerprint(sql, "sqlite") == fingerprint(sql[:MAX_RAW], "sqlite")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("piece", ["/*", "(", "''", "$a$", "VALUES ((", "IN (?, ", '"', "[", "\\'"])
def test_nothing_that_is_repeated_takes_for_ever(system: str, piece: str) -> None:
    assert len(fingerprint(piece * MAX_RAW, system)) <= MAX_RAW  # else the test's own time-out
