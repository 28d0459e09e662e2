"""Settings: the environment over `backend/.env`, checked before anything starts."""

import os
import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL

from gatepass import ConfigurationError, KeyRing
from taskapi.database_url import BACKEND, parse_database_url

LogFormat = Literal["json", "console"]


def default_format() -> LogFormat:
    """Lines for people where one looks on, JSON for whatever collects."""
    return "console" if sys.stderr.isatty() else "json"


class Settings(BaseSettings):
    """What an operator can set; an empty value counts as unset.

    Secrets are SecretStr and a database URL may hold a password: neither is ever printed.
    """

    model_config = SettingsConfigDict(
        env_file=BACKEND / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    better_auth_secret: SecretStr = SecretStr("")
    better_auth_secrets: SecretStr = SecretStr("")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ("http://localhost:3000",)
    database_url: SecretStr = SecretStr(f"sqlite:///{BACKEND / 'tasks.sqlite'}")
    database_pool_size: int = Field(default=10, ge=2, le=1000)
    jwt_leeway: float = Field(default=5, ge=0, le=60)
    api_rate_limit: str = ""
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    web_concurrency: int = Field(default=1, ge=1, le=256)
    drain_seconds: int = Field(default=0, ge=0, le=600)
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    api_docs: bool = True
    log_level: Literal["info", "debug"] = "info"
    log_format: LogFormat = Field(default_factory=default_format)

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_unset(cls, value: object, info: ValidationInfo) -> object:
        field = cls.model_fields[str(info.field_name)]
        unset = value == "" and info.field_name != "cors_origins"  # a list of none is a slip
        return field.get_default(call_default_factory=True) if unset else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def split_origins(cls, value: str | Iterable[object]) -> tuple[str, ...]:
        """Comma-separated exact origins, as browsers send them."""
        origins = value.split(",") if isinstance(value, str) else value
        return tuple(exact_origin(str(origin).strip()) for origin in origins)

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: SecretStr) -> SecretStr:
        parse_database_url(value.get_secret_value())
        return value

    @field_validator("api_rate_limit")
    @classmethod
    def known_rate(cls, value: str) -> str:
        if value and not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour)", value):
            raise ValueError(f"{value!r} is no rate: write a number of requests such as 600/minute")
        return value

    @property
    def database(self) -> URL:
        """Where the tasks are, with the driver that we use."""
        return parse_database_url(self.database_url.get_secret_value())

    @property
    def keys(self) -> KeyRing:
        """The shared secrets. Raises ConfigurationError if one cannot be used."""
        return KeyRing.from_env(
            {
                "BETTER_AUTH_SECRET": self.better_auth_secret.get_secret_value(),
                "BETTER_AUTH_SECRETS": self.better_auth_secrets.get_secret_value(),
            }
        )

    @classmethod
    def load(cls) -> Self:
        """Read and check everything.

        Raises:
            ConfigurationError: one line that names the variable and the fix.
        """
        try:
            settings = cls()
        except ValidationError as error:
            raise ConfigurationError(first_line(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{BACKEND / '.env'} cannot be read: {error}") from error
        _ = settings.keys
        if tracing():
            require_opentelemetry()
        return settings


def tracing() -> bool:
    """Whether OpenTelemetry's own variables, in the environment alone, ask for traces."""
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return (
        any(os.environ.get(name) for name in endpoints)
        and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"
        and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "none"
    )


def require_opentelemetry() -> None:
    """Raises ConfigurationError where the optional packages are missing."""
    if find_spec("opentelemetry.exporter") is None:
        raise ConfigurationError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: traces need packages that are not installed: "
            "`uv sync --extra otel`, or unset it"
        )


def exact_origin(origin: str) -> str:
    """An origin as a browser's Origin header has it (RFC 6454, section 6.2), or a ValueError."""
    example = "list exact origins such as http://localhost:3000, separated by commas"
    if "*" in origin:
        raise ValueError(f"'*' would let any site in: {example}")
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        raise ValueError(f"{origin!r} is not an origin: {example}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{origin!r} has no http:// or https:// and host: {example}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default_port = {"http": 80, "https": 443}[parts.scheme]
    exact = f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default_port) else "")
    if origin != exact or not re.fullmatch(r"[a-z0-9.:\[\]_-]+", host):
        raise ValueError(f"{origin!r} is not what a browser sends: did you mean {exact}?")
    return origin


def first_line(error: ValidationError) -> str:
    """The first problem as one line: the variable, what is wrong, what to do."""
    problem = error.errors(include_url=False, include_input=False)[0]
    name = str(problem["loc"][0]).upper()
    message = str(problem.get("ctx", {}).get("error") or problem["msg"])
    return " ".join(f"{name}: {message}".split())
