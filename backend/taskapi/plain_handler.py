"""Calls an endpoint that takes little, without FastAPI's general way of finding its parameters.

That way is twice the price of the rest of a short request: it walks a tree of dependencies, keeps
exit stacks and parses the Content-Type again. What an owner's endpoint takes is known when the
application is assembled: parts of the path, one model of the query, one JSON body, the request,
and dependencies that follow from the request alone. Routes are declared as ever and documented by
FastAPI; an endpoint that takes anything else, or does not return a Response itself, is called by
FastAPI too.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends, Query
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
# How to find what a dependency of that function would give.
Resolvers = Mapping[Callable[..., Any], Callable[[Request], Any]]

MISSING = {"type": "missing", "loc": ("body",), "msg": "Field required"}


def plain_handler(
    endpoint: Callable[..., Any], path_names: set[str], resolvers: Resolvers
) -> Handler | None:
    """What serves a request with `endpoint`; None if it takes more than is provided for here.

    Raises, when it serves:
        RequestValidationError: with every problem of path, query and body.
    """
    hints = get_type_hints(endpoint, include_extras=True)
    if not inspect.iscoroutinefunction(endpoint) or hints.pop("return", None) is not Response:
        return None
    # A default may be a dependency too, and a bare name anything.
    parameters = inspect.signature(endpoint).parameters.values()
    if any(each.name not in hints or each.default is not each.empty for each in parameters):
        return None
    given: dict[str, Callable[[Request], Any]] = {}
    path: dict[str, TypeAdapter[Any]] = {}
    body: tuple[str, type[BaseModel]] | None = None
    query: tuple[str, type[BaseModel]] | None = None
    for name, hint in hints.items():
        dependencies = [each.dependency for each in details(hint) if isinstance(each, Depends)]
        if dependencies:
            [first, *more] = dependencies
            if more or first is None or first not in resolvers:
                return None
            given[name] = resolvers[first]
        elif hint is Request:
            given[name] = itself
        elif name in path_names:
            path[name] = TypeAdapter(hint)
        elif query is None and (model := query_model(hint)):
            query = name, model
        elif body is None and inspect.isclass(hint) and issubclass(hint, BaseModel):
            body = name, hint
        else:
            return None

    async def handle(request: Request) -> Response:
        values = {name: find(request) for name, find in given.items()}
        problems: list[Any] = []
        for name, adapter in path.items():
            try:
                values[name] = adapter.validate_python(request.path_params[name])
            except ValidationError as error:
                problems += located(error, name)
        if query is not None:
            name, model = query
            try:
                values[name] = model.model_validate(dict(request.query_params))
            except ValidationError as error:
                problems += located(error, "query")
        if body is not None:
            name, model = body
            if await request.body():
                try:
                    values[name] = model.model_validate(await request.json())
                except ValidationError as error:
                    problems += located(error, "body")
            else:
                problems.append(MISSING)
        if problems:
            raise RequestValidationError(problems)
        answer: Response = await endpoint(**values)
        return answer

    return handle


def details(hint: object) -> tuple[Any, ...]:
    """What `Annotated` says beside the type."""
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def query_model(hint: object) -> type[BaseModel] | None:
    """The model of `Annotated[Model, Query()]`."""
    if any(isinstance(each, Query) for each in details(hint)):
        model = get_args(hint)[0]
        if inspect.isclass(model) and issubclass(model, BaseModel):
            return model
    return None


def itself(request: Request) -> Request:
    return request


def located(error: ValidationError, where: str) -> list[Any]:
    """The problems, with the name of what they are in."""
    problems = error.errors(include_url=False, include_input=False)
    return [{**each, "loc": (where, *each["loc"])} for each in problems]
