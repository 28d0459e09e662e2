"""Which paths need a pass: all but some, or some alone.

    public_paths=["/health", under("/static")]        all but these
    protected_paths=[under("/api")]                   these alone
    both                                              these alone, but for the public ones

A rule is an exact path, ``under(prefix)``, or a function of method and path that returns True or
False. The path that counts is the one that the application's own router compares: decoded, without
the query, and without the ``root_path`` (ASGI) or ``SCRIPT_NAME`` (WSGI) under which the
application is mounted.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterable
from typing import Any

from .errors import ConfigurationError
from .functions import is_async

Predicate = Callable[[str, str], bool]
PathRule = str | Predicate

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


def route_path(scope: Any, own_root: str | None = None) -> str:
    """The path that the application's router compares (Starlette's ``get_route_path``).

    A server that was told a ``root_path`` puts it in front of ``path``, and so does a mount.
    *own_root* is what the application will put into the scope in its place.
    """
    path: str = scope["path"]
    root: str = own_root or scope.get("root_path") or ""
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :]
    return path


def fastapi_within(app: Any) -> Any:
    """The FastAPI application that *app* is or wraps, else None.

    It puts a ``root_path`` of its own into the scope when it is called, so behind a gate that
    stands around it.
    """
    fastapi = sys.modules.get("fastapi")  # whoever has such an application has imported it
    for _ in range(_MOST_LAYERS if fastapi else 0):
        if app is None or isinstance(app, fastapi.FastAPI):  # type: ignore[union-attr]
            return app
        app = getattr(app, "app", None)
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
