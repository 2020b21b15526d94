"""What stands around every request: protective headers, bounds on load, time and rate, a log line without a query.

A reader's question, address and browser are never written anywhere; nor is the message of an exception, which
may repeat the question.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import os
import secrets
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.serving import place
from kb.settings import Settings
from web.metrics import Metrics

__all__ = ["HEADERS", "MAX_IN_FLIGHT", "MAX_QUERY", "MAX_QUERY_STRING", "Guard", "Visits", "household", "log"]

log = logging.getLogger("kb.web")

MAX_QUERY: Final = 2_000  # characters of a question
MAX_QUERY_STRING: Final = 32_768  # bytes after "?": a full question, percent-encoded at four bytes a character, fits
MAX_RUNNING: Final = max(2, len(os.sched_getaffinity(0)))  # searches at once: one a core, by which they are bound
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

    Sets HEADERS on every response (a header that the response carries already is kept), answers 414, 429 and 503
    before any work and 503 when a search takes too long, turns an exception into a 500, counts, and logs one line a
    request. `refuse` makes the response for a status.
    """

    def __init__(
        self, app: ASGIApp, refuse: Callable[[Request, int], Response], settings: Settings, metrics: Metrics
    ) -> None:
        self.app = app
        self.refuse = refuse
        self.settings = settings
        self.metrics = metrics
        self.visits = Visits(settings.searches_per_minute)
        self.searching = 0  # waiting or running
        self.running = 0
        self.turns = asyncio.Semaphore(MAX_RUNNING)
        self.tasks: set[asyncio.Task[None]] = set()
        metrics.running.set_function(lambda: self.running)
        metrics.waiting.set_function(lambda: self.searching - self.running)

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
        took = time.perf_counter() - began
        route = getattr(scope.get("route"), "path", "-")
        generation = scope.get("state", {}).get("generation", "-")
        self.metrics.request(route, status, took)
        log.info("%s %s %d %dms %s", request_id, route, status, round(took * 1000), generation)
        if failure:
            log.error("%s %s", request_id, failure)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        async def refuse(status: int, reason: str, wait: int = 0) -> None:
            self.metrics.refused.labels(reason).inc()
            response = self.refuse(request, status)
            if wait:
                response.headers["Retry-After"] = str(wait)
            await response(scope, receive, send)

        if len(scope.get("query_string", b"")) > MAX_QUERY_STRING:
            await refuse(414, "length")
            return
        if not scope["path"].removeprefix(scope.get("root_path", "")).startswith(_SEARCHES):
            await self.app(scope, receive, send)
            return
        if self.searching >= MAX_IN_FLIGHT:
            await refuse(503, "load")
            return
        if wait := self.visits.wait(request.client.host if request.client else ""):
            await refuse(429, "rate", wait)
            return
        deadline = asyncio.get_running_loop().time() + self.settings.search_seconds
        self.searching += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self.turns.acquire()
        except TimeoutError:
            self.searching -= 1
            await refuse(503, "time")
            return
        except BaseException:
            self.searching -= 1
            raise
        if not await self._search(scope, receive, send, deadline):
            await refuse(503, "time")

    async def _search(self, scope: Scope, receive: Receive, send: Send, deadline: float) -> bool:
        """Run one search, whose turn it is; whether its answer began before the deadline.

        A thread cannot be stopped: a search that is given up keeps its turn until it has ended, so that never more
        run at once than may, and what it answers then is thrown away. A turn ends where the answer begins, so that
        a slow reader keeps none.
        """
        answered = asyncio.Event()
        late = False
        self.running += 1

        def end_turn() -> None:
            if not answered.is_set():
                answered.set()
                self.running -= 1
                self.searching -= 1
                self.turns.release()

        async def send_in_time(message: Message) -> None:
            end_turn()
            if not late:
                await send(message)

        async def search() -> None:
            try:
                await self.app(scope, receive, send_in_time)
            except Exception as error:
                if not late:
                    raise
                log.error("- %s", place(error))
            finally:
                end_turn()

        task = asyncio.create_task(search())
        self.tasks.add(task)  # a task is kept by who refers to it
        task.add_done_callback(self.tasks.discard)
        try:
            async with asyncio.timeout_at(deadline):
                await answered.wait()
        except TimeoutError:
            if not answered.is_set():
                late = True
                return False
        await task
        return True


class Visits:
    """How many searches each household has made within a minute: in memory, under a key that is never written."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._key = secrets.token_bytes(32)

    def wait(self, address: str) -> int:
        """Seconds until this address may search again; 0 where it may now, and then that search is counted."""
        if self._limit is None:
            return 0
        name = hashlib.blake2b(household(address).encode(), key=self._key, digest_size=16).hexdigest()
        if self._limiter.hit(self._limit, name):
            return 0
        again = self._limiter.get_window_stats(self._limit, name).reset_time
        return min(max(1, math.ceil(again - time.time())), 60)


def household(address: str) -> str:
    """What is counted as one reader: an IPv4 address, or the /64 of an IPv6 one; anything else as it is given."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((int(known) >> 64 << 64, 64)))
