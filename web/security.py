"""What stands around every request: protective headers, a bound on load, a log line that holds no query.

A reader's question, address and browser are never written anywhere; nor is the message of an exception, which
may repeat the question.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.serving import place

__all__ = ["HEADERS", "MAX_IN_FLIGHT", "MAX_QUERY", "MAX_QUERY_STRING", "Guard", "log"]

log = logging.getLogger("kb.web")

MAX_QUERY: Final = 2_000  # characters of a question
MAX_QUERY_STRING: Final = 32_768  # bytes after "?": a full question, percent-encoded at four bytes a character, fits
MAX_RUNNING: Final = 4  # searches at once: they are bound by the processor, and other pages need threads too
# Searches waiting or running. Two cores answer about 30 a second, so one more would wait over two seconds.
MAX_IN_FLIGHT: Final = 64

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cache-Control": "no-cache",
}
_SEARCHES: Final = ("/search", "/similar", "/commitment", "/api/search", "/api/similar", "/api/commitments")


class Guard:
    """ASGI middleware, the outermost of the application.

    Sets HEADERS on every response (a header that the response carries already is kept), answers 414 and 503 before
    any work, turns an exception into a 500, and logs one line a request. `refuse` makes the response for a status.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, int], Response]) -> None:
        self.app = app
        self.refuse = refuse
        self.searching = 0
        self.running = asyncio.Semaphore(MAX_RUNNING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request = Request(scope)
        request_id = secrets.token_hex(6)
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = request_id
            await send(message)

        failure = ""
        try:
            await self._answer(scope, receive, send_guarded, request)
        except Exception as error:  # the outermost edge of one request: recorded by type and place, answered with 500
            failure = place(error)
            if not status:
                await self.refuse(request, 500)(scope, receive, send_guarded)
        took = round((time.perf_counter() - began) * 1000)
        route = getattr(scope.get("route"), "path", "-")
        generation = scope.get("state", {}).get("generation", "-")
        log.info("%s %s %d %dms %s", request_id, route, status, took, generation)
        if failure:
            log.error("%s %s", request_id, failure)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        if len(scope.get("query_string", b"")) > MAX_QUERY_STRING:
            await self.refuse(request, 414)(scope, receive, send)
            return
        if not scope["path"].removeprefix(scope.get("root_path", "")).startswith(_SEARCHES):
            await self.app(scope, receive, send)
            return
        if self.searching >= MAX_IN_FLIGHT:
            await self.refuse(request, 503)(scope, receive, send)
            return
        self.searching += 1
        try:
            async with self.running:
                await self.app(scope, receive, send)
        finally:
            self.searching -= 1
