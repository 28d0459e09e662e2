"""Settings, from the environment over the .env above this half."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file="../.env", extra="ignore")

    PROJECT_NAME: str = "Template"
    API_V1_STR: str = "/api/v1"
    FRONTEND_HOST: str = "http://localhost:5173"
    BETTER_AUTH_SECRET: SecretStr


settings = Settings()  # type: ignore[call-arg]  # pydantic reads the environment
