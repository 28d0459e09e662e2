from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from app.api.main import api_router
from app.core.config import settings
from app.core.errors import on_http_error, on_refusal
from gatepass import GatepassMiddleware, KeyRing, TokenVerifier

app = FastAPI(title=settings.PROJECT_NAME, openapi_url=f"{settings.API_V1_STR}/openapi.json")
app.add_exception_handler(HTTPException, on_http_error)

keys = KeyRing.single(settings.BETTER_AUTH_SECRET.get_secret_value())
public = ["/docs", app.openapi_url or ""]
app.add_middleware(
    GatepassMiddleware, verifier=TokenVerifier(keys), public_paths=public, on_error=on_refusal
)
app.add_middleware(  # outside the gate, so added after it
    CORSMiddleware,
    allow_origins=[settings.FRONTEND_HOST],
    allow_methods=["*"],
    allow_headers=["*"],
)

app.include_router(api_router, prefix=settings.API_V1_STR)
