"""The web application: `create_app` puts pages, API, guard and languages together."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kb.errors import KBError, NotFound, UsageError
from kb.pictures import Pictures
from kb.search import Searcher
from kb.serving import Library, follow
from kb.settings import Settings
from web import api, exchange, metrics, pages, pictures, register
from web.i18n import load_interfaces
from web.security import Guard
from web.site import Site, interface_of

__all__ = ["create_app"]

STATIC_FOLDER = Path(__file__).parent / "static"


def create_app(settings: Settings, searcher: Searcher | None = None) -> FastAPI:
    """The application over the current generation of `settings.index`, or over `searcher` alone when one is given.

    Without an index it starts all the same, answers 503, and serves as soon as one has been built.
    """
    library = Library(settings, searcher)
    assets = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for file in sorted(STATIC_FOLDER.iterdir())
        if file.is_file()
    }

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(library.refresh)
        watcher = asyncio.create_task(follow(library))
        yield
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
        await asyncio.to_thread(app.state.pictures.close)

    app = FastAPI(
        title="kb",
        description="Multilingual semantic search with exact citations",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.pictures = Pictures(settings.index, settings.passwords)
    app.state.site = Site(settings, library, load_interfaces(), assets)
    app.state.metrics = metrics.Metrics(library)
    app.include_router(metrics.router)
    app.include_router(api.router)
    app.include_router(exchange.router)
    app.include_router(pages.router)
    app.include_router(pictures.router)
    app.include_router(register.router)
    api.describe(app)
    app.mount("/static", _Assets(directory=STATIC_FOLDER), name="static")
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1_000,
        compresslevel=6,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf", "application/vnd.*"),
    )
    app.add_middleware(Guard, refuse=_refuse, settings=settings, metrics=app.state.metrics)
    app.add_exception_handler(KBError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    return app


class _Assets(StaticFiles):
    """Static files; one asked for by its digest never changes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _refuse(request: Request, status: int, detail: str = "", errors: list[dict[str, Any]] | None = None) -> Response:
    root = request.scope.get("root_path", "")
    if request.url.path.removeprefix(root).startswith("/api/"):
        return api.problem(status, detail, errors, interface_of(request))
    return pages.error_page(request, status, detail)


async def _refused(request: Request, error: Exception) -> Response:
    """The answer to everything that is refused in a known way."""
    if isinstance(error, HTTPException):
        said = error.detail if error.status_code in {413, 422} and error.detail != HTTPStatus(413).phrase else ""
        response = _refuse(request, error.status_code, said)
        response.headers.update(error.headers or {})
        return response
    if isinstance(error, RequestValidationError):
        # `input` and `ctx` are left out: they repeat what was asked.
        errors = [{"at": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
        return _refuse(request, 422, "; ".join(f"{e['at']}: {e['message']}" for e in errors), errors)
    if isinstance(error, NotFound):
        return _refuse(request, 404)
    if isinstance(error, UsageError):
        return _refuse(request, 400, str(error))
    return _refuse(request, 503)
