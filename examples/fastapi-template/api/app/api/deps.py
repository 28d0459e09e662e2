"""What endpoints ask for."""

from typing import Annotated

from fastapi import Depends

from gatepass.fastapi import CurrentUser

__all__ = ["CurrentUser", "ItemsDep"]

Items = dict[str, list[str]]
items: Items = {}


def get_items() -> Items:
    return items


ItemsDep = Annotated[Items, Depends(get_items)]
