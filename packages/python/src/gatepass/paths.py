"""Which paths need a pass: all but some, or some alone.

    public_paths=["/health", under("/static")]        all but these
    protected_paths=[under("/api")]                   these alone
    both                                              these alone, but for the public ones

A rule is an exact path, ``under(prefix)``, or a function of method and path that returns True or
False. The path that counts is the one that the application's own router compares: decoded, without
the query, and without the ``root_path`` (ASGI) or ``SCRIPT_NAME`` (WSGI) under which the
application is mounted.
"""

import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable
from typing import Any

from .errors import ConfigurationError
from .functions import is_async

Predicate = Callable[[str, str], bool]
PathRule = str | Predicate
OwnRoot = Callable[[], str]
Reader = tuple[OwnRoot, bool]  # whether the root counts only in front

# What one part of a chain may take for another path than the next: empty and dot segments,
# backslashes, control characters.
_AMBIGUOUS = re.compile(r"//|/\.\.?(?:/|$)|[\\\x00-\x1f\x7f]|^(?!/)")
_MOST_LAYERS = 100  # around an application
_PATTERN = re.compile(r"[*{}<>?#]|^[^/]|//|/\.\.?(?:/|$)|[\\\x00-\x1f\x7f]|%[0-9a-fA-F]{2}")


def under(prefix: str) -> Predicate:
    """A rule for *prefix* and all below it: ``under("/static")`` is no rule for ``/statics``.

    Raises ConfigurationError for a prefix that could never match.
    """
    below = _exact(prefix, "under()").rstrip("/") + "/"

    def rule(_method: str, path: str) -> bool:
        return path.startswith(below) or path == below[:-1]

    return rule


class Access:
    """Decides whether a request needs a pass; see the module.

    Raises ConfigurationError for a rule that could never match, TypeError for one string in
    place of a collection.
    """

    __slots__ = ("_protected", "_protected_exact", "_public", "public")

    def __init__(
        self, public_paths: Collection[PathRule], protected_paths: Collection[PathRule] | None
    ) -> None:
        self.public, self._public = _sorted(public_paths, "public_paths")
        self._protected: list[Predicate] | None = None
        if protected_paths is not None:
            exact, self._protected = _sorted(protected_paths, "protected_paths")
            if not exact and not self._protected:
                raise ConfigurationError("protected_paths is empty: no request would need a pass")
            # A slash at the end is another path to some routers and none to others.
            self._protected_exact = frozenset(path.rstrip("/") for path in exact)

    def is_public(self, method: str, path: str) -> bool:
        """Whether *path* is open to everyone. In doubt it is not."""
        if path in self.public:
            return True
        if (self._protected is None and not self._public) or _AMBIGUOUS.search(path):
            return False
        if _met(self._public, method, path):
            return True
        return (
            self._protected is not None
            and path.rstrip("/") not in self._protected_exact
            and not _met(self._protected, method, path)
        )


class RoutePaths:
    """The paths that the routers of *app* may compare for a request: one, as a rule.

    A server that was told a ``root_path`` puts it in front of ``path``, and so does a mount.
    Starlette takes it away where a slash follows (``get_route_path``), others wherever it stands.
    FastAPI and Django (``FORCE_SCRIPT_NAME``) have one of their own in its place when they are
    called, so behind a gate that stands around them.
    """

    __slots__ = ("_app", "_readers")

    def __init__(self, app: Any) -> None:
        self._app = app
        self._readers: list[Reader] = []

    def of(self, scope: Any) -> list[str]:
        path: str = scope["path"]
        root: str = scope.get("root_path") or ""
        if not self._readers:  # looked for at the first request, when all is mounted
            self._readers = _readers(self._app)
        return [read for own, here in self._readers for read in _read(path, own() or root, here)]


def _read(path: str, root: str, only_in_front: bool) -> list[str]:
    if not root or root not in path:
        return [path]
    before, _, after = path.partition(root)
    if not before and after[:1] in ("", "/"):
        return [after]
    return [path] if only_in_front else [path, after if after.startswith("/") else f"/{after}"]


def _readers(app: Any, outer: OwnRoot = str) -> list[Reader]:
    """What *app* is or wraps first, then what is mounted there without a prefix."""
    root = outer
    is_starlettes = False
    mounted: list[Reader] = []
    for _ in range(_MOST_LAYERS):
        if inspect.ismethod(app):
            app = app.__self__
        root = _own_root(app, outer) or root
        is_starlettes = any(kind.__module__.startswith("starlette.") for kind in type(app).__mro__)
        routes = getattr(app, "routes", None)
        for route in routes if isinstance(routes, Iterable) else ():
            inner = getattr(route, "app", None) or getattr(route, "original_router", None)
            if inner is None or hasattr(route, "endpoint"):  # a function, not an application
                continue
            if getattr(route, "path", "") == "":
                mounted += [found for found in _readers(inner, root) if found != (root, True)]
        inner = getattr(app, "app", None)
        if inner is None or getattr(inner, "__self__", None) is app:  # what a router calls its end
            break
        app = inner
    return [(root, is_starlettes), *mounted]


def _own_root(app: Any, outer: OwnRoot) -> OwnRoot | None:
    # Whoever has such an application has imported it.
    fastapi = sys.modules.get("fastapi")
    if fastapi and isinstance(app, fastapi.FastAPI):
        return lambda: app.root_path or outer()
    django = sys.modules.get("django.core.handlers.asgi")
    if django and isinstance(app, django.ASGIHandler):
        settings = sys.modules["django.conf"].settings
        return lambda: settings.FORCE_SCRIPT_NAME or outer()
    return None


def listed(rules: Iterable[PathRule], name: str) -> tuple[PathRule, ...]:
    """*rules* to be read more than once. Raises TypeError for one string."""
    if isinstance(rules, (str, bytes)):
        raise TypeError(f'{name} is a collection of paths: write ["/health"]')
    return tuple(rules)


def _sorted(rules: Iterable[PathRule], name: str) -> tuple[frozenset[str], list[Predicate]]:
    rules = listed(rules, name)
    for rule in rules:
        if is_async(rule):
            raise ConfigurationError(
                f"{name}: {rule!r} is async, and is not awaited: pass a function that returns "
                "True or False"
            )
    exact = frozenset(_exact(rule, name) for rule in rules if not callable(rule))
    return exact, [rule for rule in rules if callable(rule)]


def _met(rules: list[Predicate], method: str, path: str) -> bool:
    """Whether one of *rules* is for that request."""
    for rule in rules:
        answer = rule(method, path)
        if answer is True:
            return True
        if answer is not False:  # to guess would open a path, or close it
            raise TypeError(f"the path rule {rule!r} returned {answer!r}: return True or False")
    return False


def _exact(path: object, name: str) -> str:
    """Return *path*, or say why no request could ever have it."""
    if not isinstance(path, str):
        raise ConfigurationError(f"{name}: {path!r} is neither a path nor a function")
    if path == "" or _PATTERN.search(path):
        fix = 'write a whole path such as "/health", decoded and without a pattern'
        if any(sign in path for sign in "*{<"):
            fix = 'use under("/prefix") for all below a prefix, or a function of method and path'
        raise ConfigurationError(f"{name}: no path is ever {path!r}: {fix}")
    return path
