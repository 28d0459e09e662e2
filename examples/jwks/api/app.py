"""An API on its way from the shared secret to public keys."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from verifier import BothKinds

from gatepass import protect, verifier_from_env
from gatepass.fastapi import CurrentUser

WEB = os.environ.get("WEB_URL", "http://localhost:3000")
both = BothKinds(verifier_from_env(), f"{WEB}/api/auth/jwks", issuer=WEB, audience=WEB)


async def keep_fresh() -> None:
    while True:
        try:
            await asyncio.to_thread(both.refresh)
        except Exception as error:  # whatever it is, the next one may be better
            logging.getLogger("app").warning("no fresh key set: %s", error)
        await asyncio.sleep(300 if both.keys else 5)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_fresh())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)
protect(app, public=["/health"], verifier=both)


@app.get("/health")
async def health() -> str:
    return "ok" if both.keys else "waiting for the key set"


@app.get("/me")
async def me(user: CurrentUser) -> dict[str, str]:
    return {"id": user.id, "email": user.email}
