"""Which endpoint took a request: told by the scope after routing, never by matching a second time.

Starlette and FastAPI leave the route that matched in the scope, each release in its own way; this
is the one place that knows those ways, by attribute and without importing either. A template is
cached per route object, so its cost does not grow with the number of routes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api_performance.instrumentation.protocol import Scope
from api_performance.measure.cardinality import (
    NO_HINTS,
    WEBSOCKET_METHOD,
    EndpointRegistry,
    Hints,
    Slot,
)
from api_performance.measure.priority import priority_of_extra
from api_performance.model import UNMATCHED, TrafficKind

DECLARATION: Final = "__api_performance__"
"""The attribute by which `monitor_api_performance` marks a function with the priority it states."""

DECLARED_ENDPOINT: Final = f"{DECLARATION[:-2]}_endpoint__"
"""Beside it, the endpoint that was named there: for people."""

_MAX_CACHED: Final = 20_000  # routes made anew for every request must not pile up
_PARAMETER: Final = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(:[a-zA-Z_][a-zA-Z0-9_]*)?\}")

Route = Any  # Any: a route object of Starlette or FastAPI, whichever release


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route of the app's tree: its full template, methods (none: any), kind and hints."""

    route: Route
    template: str
    methods: frozenset[str]
    kind: TrafficKind
    hints: Hints

    @property
    def listed_methods(self) -> Iterable[str]:
        """The methods under which it is declared: HEAD goes without saying beside GET."""
        if self.kind is TrafficKind.WEBSOCKET:
            return (WEBSOCKET_METHOD,)
        return sorted(self.methods - {"HEAD"} if "GET" in self.methods else self.methods)


def walk(routes: Sequence[Route], prefix: str = "") -> Iterator[FoundRoute]:
    """Yield every route below, with mounts' and included routers' prefixes."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield from _walk_one(getattr(context, "starlette_route", None) or context, prefix)
        else:
            yield from _walk_one(route, prefix)


def _walk_one(route: Route, prefix: str) -> Iterator[FoundRoute]:
    inner = getattr(route, "routes", None)
    if inner:
        yield from walk(inner, prefix + _mount_path(route))
    elif not _is_mount(route):
        yield _found(route, prefix)


def _is_mount(route: Route) -> bool:
    return not hasattr(route, "endpoint")


def _mount_path(mount: Route) -> str:
    """A mount's template; a host route has none."""
    return plain_template(getattr(mount, "path", "")).rstrip("/")


def _found(route: Route, prefix: str) -> FoundRoute:
    is_socket = "websocket" in type(route).__name__.lower()
    return FoundRoute(
        route=route,
        template=prefix + _own_template(route),
        methods=frozenset(getattr(route, "methods", None) or ()),
        kind=TrafficKind.WEBSOCKET if is_socket else TrafficKind.HTTP,
        hints=hints_of(route),
    )


def _own_template(route: Route) -> str:
    return getattr(route, "path_format", None) or plain_template(getattr(route, "path", ""))


def plain_template(path: str) -> str:
    """Return a template without convertors: `/users/{id:int}` is `/users/{id}`."""
    return _PARAMETER.sub(r"{\1}", path)


def hints_of(route: Route) -> Hints:
    """Return what the program says of a route's priority: in its code, its extras and its tags."""
    stated = getattr(getattr(route, "endpoint", None), DECLARATION, None)
    extra = priority_of_extra(getattr(route, "openapi_extra", None))
    tags = tuple(getattr(route, "tags", None) or ())
    if stated is None and extra is None and not tags:
        return NO_HINTS
    return Hints(explicit=stated, extra=extra, tags=tags)


class RouteIndex:
    """Finds a request's endpoint from its scope, for the routes of one app."""

    def __init__(
        self, registry: EndpointRegistry, routes: Callable[[], Sequence[Route]] = tuple
    ) -> None:
        """Know the app's routes through `routes`, which is called anew when one is not known."""
        self._registry = registry
        self._routes = routes
        self.plain_slots: dict[Hashable, Slot] = {}
        """Endpoints by their routes' callable, where one place alone leads to the route.

        By its id a route would cost three times as much to look up, and most cannot be hashed.
        """
        self._slots: dict[tuple[int, str, str], Slot] = {}
        self._pins: list[Route] = []  # keeps ids from being given to other objects
        self._places: Counter[int] = Counter()
        self._pins_to_recount = 0
        self._mounts: dict[str, str] = {}

    def declare(self) -> None:
        """Make every route known, so that one that is never called is shown as such."""
        for found in walk(self._routes()):
            for method in found.listed_methods:
                self._registry.slot(method, found.template, found.kind, found.hints)

    def slot_of(self, scope: Scope) -> Slot:
        """Return the slot of the endpoint that took a request; `(unmatched)` if none did."""
        route = scope.get("route")
        framework = scope.get("fastapi")
        if framework:
            route = _chosen(route, framework.get("effective_route_context"))
        if route is None:
            route = scope.get("endpoint")
            if route is None:
                return self._slot_without_route(scope)
        mounted = ""
        if "app_root_path" in scope:
            mounted = scope["root_path"][len(scope["app_root_path"]) :]
        method = scope.get("method", WEBSOCKET_METHOD)
        slot = self._slots.get((id(route), method, self._mounts.get(mounted, mounted)))
        if slot is None:
            slot = self._learn(route, method, mounted)
            self._learn_plain(scope, slot)
        return slot

    def _slot_without_route(self, scope: Scope) -> Slot:
        """Ask what other frameworks leave in the scope: Litestar names the template itself."""
        template = scope.get("path_template")
        if not template or not scope.get("route_handler"):
            return self._registry.unmatched
        return self._registry.slot(scope.get("method", WEBSOCKET_METHOD), plain_template(template))

    def _learn(self, route: Route, method: str, mounted: str) -> Slot:
        prefix = self._mount_template(mounted)
        if len(self._pins) >= _MAX_CACHED:
            self._slots.clear()
            self.plain_slots.clear()
            self._pins.clear()
            self._pins_to_recount = 0
        slot = self._slots[id(route), method, prefix] = self._find(route, method, prefix)
        self._pins.append(route)
        return slot

    def _learn_plain(self, scope: Scope, slot: Slot) -> None:
        """Note the endpoint of a route that stands at one place in the app's tree.

        One that stands at several, in a router that was included twice, tells no endpoint by
        itself. The places are counted anew when as many routes again were met: routes may be added.
        """
        route = scope.get("route")
        endpoint = getattr(route, "endpoint", None)  # as the edge asks: sooner than the scope
        if id(route) not in self._places and len(self._pins) > self._pins_to_recount:
            self._places = Counter(id(_in_scope(found.route)) for found in walk(self._routes()))
            self._pins_to_recount = 2 * len(self._pins)
        is_alone = self._places[id(route)] == 1 and slot is not self._registry.unmatched
        if is_alone and isinstance(endpoint, Hashable):
            self.plain_slots[endpoint] = slot
            slot.plain_route = route
            self._pins.append(route)

    def _find(self, route: Route, method: str, prefix: str) -> Slot:
        if not (hasattr(route, "path_format") or hasattr(route, "path")):
            return self._find_by_endpoint(route, method, prefix)
        if getattr(route, "routes", None):
            return self._registry.unmatched  # a mount whose own routes took nothing
        if _is_mount(route):
            return self._registry.slot(method, f"{prefix}/{{path}}")
        found = _found(route, prefix)
        return self._slot(found, method)

    def _slot(self, found: FoundRoute, method: str) -> Slot:
        if found.methods and method not in found.methods and method != WEBSOCKET_METHOD:
            return self._registry.unmatched
        return self._registry.slot(method, found.template, found.kind, found.hints)

    def _find_by_endpoint(self, endpoint: Any, method: str, prefix: str) -> Slot:
        """Find the route of an endpoint callable: releases that name no route in the scope."""
        candidates = [
            found
            for found in walk(self._routes())
            if getattr(found.route, "endpoint", None) is endpoint
            and found.template.startswith(prefix)
        ]
        for found in candidates:
            if not found.methods or method in found.methods:
                return self._slot(found, method)
        if candidates or getattr(endpoint, "routes", None):
            return self._registry.unmatched
        return self._registry.slot(method, f"{prefix}/{{path}}" if prefix else UNMATCHED)

    def _mount_template(self, mounted: str) -> str:
        """Return the template of the mounts that took the path so far: `/tenants/{tenant}`."""
        if not mounted:
            return ""
        known = self._mounts.get(mounted)
        if known is None:
            if len(self._mounts) >= _MAX_CACHED:
                self._mounts.clear()
            known = self._mounts[mounted] = next(
                (
                    template
                    for template in _mount_templates(self._routes())
                    if _regex(template).fullmatch(mounted)
                ),
                UNMATCHED,
            )
        return known


def _in_scope(route: Route) -> Route:
    """Return the object that the scope names for a route: an included one's original."""
    return getattr(route, "original_route", route)


def _chosen(route: Route, context: Any) -> Route:
    """Return the included router's view of a route where it is about that route, else the route."""
    if context is None:
        return route
    if context.original_route is route:
        return context
    if route is None and not hasattr(context.original_route, "routes"):
        return getattr(context, "starlette_route", None) or context
    return route


def _mount_templates(routes: Sequence[Route], prefix: str = "") -> Iterator[str]:
    for outer in routes:
        contexts = getattr(outer, "effective_route_contexts", None)
        inner = [outer] if contexts is None else [_mountable(context) for context in contexts()]
        for route in inner:
            if route is not None and _is_mount(route):
                template = prefix + _mount_path(route)
                yield template
                yield from _mount_templates(getattr(route, "routes", None) or (), template)


def _mountable(context: Any) -> Route:
    return getattr(context, "starlette_route", None)


def _regex(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
