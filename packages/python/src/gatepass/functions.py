"""Whether a function that is given to us answers at once."""

import inspect
from functools import partial
from typing import Any


def is_async(function: Any) -> bool:
    """Whether a call gives something to be awaited, which is true whatever it would have said."""
    while isinstance(function, partial):
        function = function.func
    return any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each)
        for each in (function, getattr(function, "__call__", None))  # noqa: B004 - of an object
    )
