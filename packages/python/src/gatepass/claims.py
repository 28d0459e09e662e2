"""Claims of the application's own, checked against a dataclass or a TypedDict.

    class Claims(TypedDict):
        roles: list[str]
        plan: NotRequired[Literal["free", "paid"]]

A field may be str, int, float, bool, None, a Literal, a list, a dict with str keys, another such
class, or a union of them. JSON's true is no int, and 1.0 is none either; an int is a float.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from .errors import ConfigurationError
from .functions import is_async

Check = Callable[[Any], Any]  # returns the value as declared, or raises ValueError


def reader_of(kind: Callable[..., Any]) -> Check:
    """Return what turns a payload into *kind*; claims that it does not name are left out.

    Raises ConfigurationError for a field of a type that JSON has not.
    """
    if is_typeddict(kind) or (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return _object(kind)
    if not callable(kind):
        raise ConfigurationError(
            f"claims is {kind!r}: pass a dataclass, a TypedDict or a function of the payload"
        )
    if is_async(kind):
        raise ConfigurationError(f"claims is async: {kind!r}: pass a function that answers at once")
    return kind


def _object(kind: Any) -> Check:
    hints = get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        declared = [field for field in dataclasses.fields(kind) if field.init]
        hints = {field.name: hints[field.name] for field in declared}
        missing = dataclasses.MISSING
        required = {
            field.name
            for field in declared
            if field.default is missing and field.default_factory is missing
        }
    else:
        # Under postponed annotations __required_keys__ has not seen the marks.
        marks = {name: get_origin(hint) for name, hint in hints.items()}
        required = {
            name
            for name, mark in marks.items()
            if mark is Required or (mark is not NotRequired and name in kind.__required_keys__)
        }
    checks = {name: _check_of(hint, name) for name, hint in hints.items()}

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping) or not required <= value.keys():
            raise ValueError("claims are missing")
        return kind(**{name: check(value[name]) for name, check in checks.items() if name in value})

    return read


def _check_of(hint: Any, name: str) -> Check:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Annotated, Required, NotRequired):
        return _check_of(arguments[0], name)
    if hint is Any:
        return lambda value: value
    if origin in (Union, types.UnionType):
        return _first_of([_check_of(argument, name) for argument in arguments])
    if origin is Literal:
        return _only(
            lambda value: any(value == one and type(value) is type(one) for one in arguments)
        )
    if origin is list:
        item = _check_of(arguments[0], name)
        return _nested(list, lambda value: [item(each) for each in value])
    if origin is dict and arguments[0] is str:
        item = _check_of(arguments[1], name)
        return _nested(dict, lambda value: {key: item(each) for key, each in value.items()})
    if hint is float:
        return _only(lambda value: type(value) in (int, float))
    if hint in (str, int, bool, list, dict, type(None)):
        return _only(lambda value: type(value) is hint)
    if is_typeddict(hint) or dataclasses.is_dataclass(hint):
        return _object(hint)
    raise ConfigurationError(
        f"the claim {name} is declared as {hint!r}, which JSON has not: use str, int, float, bool, "
        "None, Literal, list, dict or such a class, or pass claims a function of the payload"
    )


def _only(good: Callable[[Any], bool]) -> Check:
    def check(value: Any) -> Any:
        if not good(value):
            raise ValueError("a claim is not as declared")
        return value

    return check


def _nested(kind: type, convert: Check) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError("a claim is not as declared")
        return convert(value)

    return check


def _first_of(checks: list[Check]) -> Check:
    def check(value: Any) -> Any:
        for one in checks:
            try:
                return one(value)
            except ValueError:
                continue
        raise ValueError("a claim is not as declared")

    return check
