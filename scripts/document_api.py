#!/usr/bin/env python3
"""Write the tables of docs/api.md and docs/prometheus.md; --check tells if they are stale."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api_performance import instrument
from api_performance.export.prometheus import MetricsCollector
from api_performance.instrumenting import runtime_of
from api_performance.server.app import make_api

DOCS = Path(__file__).parent.parent / "docs"
MARK = "<!-- From here on written by"
Node = Mapping[str, Any]  # Any: a part of a JSON schema

SCHEMA: Node = make_api().openapi()
MODELS: Node = SCHEMA["components"]["schemas"]
RANGE = ("window_seconds", "start", "end")
FILTERS = (
    *("method", "priority", "status", "search"),
    *("service", "version", "environment", "instance"),
)
TYPES = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}


def fresh(page: str, parts: Iterable[str]) -> str:
    """Return the page with its prose as it is, and the parts after its mark."""
    prose, mark, rest = page.partition(MARK)
    return "\n\n".join([prose + mark + rest.partition("\n")[0], *parts]) + "\n"


def api_parts() -> Iterator[str]:
    """Yield addresses, parameters and answers of the REST API."""
    yield "## Addresses\n\n" + "\n".join(addresses())
    yield "## Parameters\n\n" + "\n".join(parameters())
    yield "## Answers"
    for name, model in MODELS.items():
        if model.get("type") == "object":
            yield answer(name, model)


def operations() -> Iterator[tuple[str, str, Node]]:
    """Yield method, path and operation of each address."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def addresses() -> Iterator[str]:
    """Yield a table: address, what it answers, its model, and its parameters."""
    named = (", ".join(f"`{name}`" for name in group) for group in (RANGE, FILTERS))
    yield "All below `/performance/api/v1`. *range* is {}; *filters* are {}.".format(*named)
    yield ""
    yield "| address | what it answers | as | parameters |"
    yield "|---|---|---|---|"
    for method, path, operation in operations():
        cells = (
            f"`{method} {path.removeprefix('/api/v1')}`",
            " ".join(operation["description"].split()),
            answers_with(operation),
            asked(operation),
        )
        yield f"| {' | '.join(cells)} |"


def asked(operation: Node) -> str:
    """Return the names of an operation's query parameters, the common ones by their group."""
    names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    groups = [
        word for word, group in (("range", RANGE), ("filters", FILTERS)) if set(group) <= set(names)
    ]
    grouped = {name for group in (RANGE, FILTERS) for name in group if set(group) <= set(names)}
    own = [f"`{name}`" for name in names if name not in grouped]
    return ", ".join([*own, *(f"*{word}*" for word in groups)]) or "–"


def answers_with(operation: Node) -> str:
    """Return the model of an operation's good answer."""
    good = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    return type_of(good["schema"]) if good else "204"


def parameters() -> Iterator[str]:
    """Yield a table of all query parameters, each once."""
    yield "| parameter | what it says | allowed | default |"
    yield "|---|---|---|---|"
    seen: set[str] = set()
    for _, _, operation in operations():
        for each in operation.get("parameters", ()):
            if each["in"] == "query" and each["name"] not in seen:
                seen.add(each["name"])
                yield parameter(each)


def parameter(each: Node) -> str:
    """Return one parameter's row."""
    kind = each["schema"]
    default = kind.get("default")
    cells = (
        f"`{each['name']}`",
        each.get("description") or "–",
        allowed(kind),
        "–" if default in (None, "", []) else f"`{default}`",
    )
    return f"| {' | '.join(cells)} |"


def allowed(kind: Node) -> str:
    """Return the values that a parameter takes, in words."""
    if "$ref" in kind:
        return values(referred(kind))
    if "anyOf" in kind:
        return " or ".join(allowed(one) for one in kind["anyOf"] if one != {"type": "null"})
    if kind.get("type") == "array":
        return f"{allowed(kind['items'])}; may be given several times"
    if "minimum" in kind:
        top = f" to {kind['maximum']:,.12g}" if "maximum" in kind else " or more"
        return f"{kind['minimum']:g}{top}"
    return f"up to {kind['maxLength']} characters" if "maxLength" in kind else TYPES[kind["type"]]


def referred(kind: Node) -> str:
    """Return the name of the model that a schema refers to."""
    return str(kind["$ref"]).rpartition("/")[2]


def values(name: str) -> str:
    """Return the values of an enumeration."""
    return ", ".join(f"`{value}`" for value in MODELS[name]["enum"])


def answer(name: str, model: Node) -> str:
    """Return a model as a heading, its description, and its fields with their types."""
    fields = [f"`{field}` {type_of(kind)}" for field, kind in model["properties"].items()]
    about = " ".join(model.get("description", "").split())
    return f"### {name}\n\n{about}\n\n{', '.join(fields)}".replace("\n\n\n", "\n")


def type_of(kind: Node) -> str:
    """Return a schema's type in words; a model is a link to its part of the page."""
    if "$ref" in kind:
        name = referred(kind)
        is_enumeration = "enum" in MODELS[name]
        return f"one of {values(name)}" if is_enumeration else f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(type_of(one) for one in kind["anyOf"])
    if "enum" in kind or "const" in kind:
        return "text"
    if kind.get("type") == "array":
        return f"list of {type_of(kind.get('items', {}))}"
    if kind.get("type") == "object":
        inner = kind.get("additionalProperties")
        return f"table of {type_of(inner)}" if isinstance(inner, Mapping) else "table"
    return TYPES.get(kind.get("type", ""), "null")


def metric_parts() -> Iterator[str]:
    """Yield the table of every metric that an app serves."""
    app = FastAPI()
    instrument(app, store="memory://", runs_itself=False)
    runtime = runtime_of(app)
    if runtime is None:
        sys.exit("API_PERFORMANCE_ENABLED is off: nothing can be documented")
    yield "## Metrics"
    rows = ["| metric | type | labels | what it is |", "|---|---|---|---|"]
    for family in MetricsCollector(runtime.store, runtime.queries).collect():
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{name}`" for name in getattr(family, "_labelnames", ())) or "–"
        rows.append(
            f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |"
        )
    yield "\n".join(rows)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "api.md": api_parts,
    "prometheus.md": metric_parts,
}


def main() -> None:
    """Write the pages, or tell whether one is stale."""
    for name, parts in PAGES.items():
        page = (DOCS / name).read_text(encoding="utf-8")
        new = fresh(page, parts())
        if "--check" not in sys.argv:
            (DOCS / name).write_text(new, encoding="utf-8")
        elif page != new:
            sys.exit(f"docs/{name} is stale: run scripts/document_api.py")


if __name__ == "__main__":
    main()
