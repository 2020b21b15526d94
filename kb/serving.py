"""What the web app and the MCP server share: the searcher in use, log lines that hold no question, an address."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import resource
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

from kb.encode import Encoder, load_encoder
from kb.errors import KBError, NoIndex
from kb.generation import Generation, open_generation
from kb.model import Document
from kb.search import Searcher
from kb.settings import Settings

__all__ = ["Library", "check_address", "follow", "listen", "log_to_stderr", "place"]

log = logging.getLogger("kb.serving")

REFRESH_SECONDS: Final = 0.25  # a new generation is served within two seconds: it has to be checked and warmed up too
RETRY_SECONDS: Final = 1.0  # after which a failed opening is tried again; doubled each time, up to the next
LONGEST_RETRY: Final = 300.0
COLLECT_SECONDS: Final = 5.0  # between two collections while an old generation is still held
TITLE: Final = 200  # characters of a title that are searched for to warm a generation up


class Library:
    """Holds one Searcher at a time and replaces it when a newer generation has been built.

    A request takes the searcher once, so that no answer mixes two generations. Only `refresh` changes anything, and
    only one thread may be in it.
    """

    def __init__(self, settings: Settings, searcher: Searcher | None = None) -> None:
        self.settings = settings
        self.fixed = searcher is not None
        self.warning = ""  # what is wrong with the current generation, where an older one is served instead
        self._searcher = searcher
        self._listings: WeakKeyDictionary[Searcher, tuple[Document, ...]] = WeakKeyDictionary()
        self._leaving: list[ref[Searcher]] = []
        self._next_collection = 0.0
        self._encoder: Encoder | None = None
        self._failure = ""
        self._seen: tuple[int, int] | None = None  # what CURRENT was; None: not there
        # When a failed opening is tried again, and the pause after that.
        self._retry: tuple[float, float] | None = (0.0, RETRY_SECONDS)

    def searcher(self) -> Searcher:
        """The searcher to answer with. Raises NoIndex, saying why, where no generation could be opened."""
        if self._searcher is None:
            raise NoIndex(self._failure or f"{self.settings.index}: has not been opened yet")
        return self._searcher

    def documents(self, searcher: Searcher) -> tuple[Document, ...]:
        """Every document of a searcher, without text, newest first; read once a generation."""
        documents = self._listings.get(searcher)
        if documents is None:
            by_title = sorted(searcher.documents(), key=lambda document: document.title.casefold())
            documents = tuple(sorted(by_title, key=lambda document: document.date, reverse=True))
            self._listings[searcher] = documents
        return documents

    def refresh(self) -> None:
        """Open the current generation if it changed since the last call.

        It takes over once it is warm. A failed opening keeps the old one and is tried again when CURRENT changes, or
        after a while: an index may still be being copied. Without CURRENT the newest sound generation is opened.
        """
        if self.fixed:
            return
        self._collect()
        try:
            stat = (self.settings.index / "CURRENT").stat()
            seen = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            seen = None
        now = time.monotonic()
        if seen == self._seen:
            if self._retry is None or now < self._retry[0]:
                return
            pause = self._retry[1]
        else:
            pause = RETRY_SECONDS
        self._seen, self._retry = seen, (now + pause, min(2 * pause, LONGEST_RETRY))
        try:
            self._take(open_generation(self.settings.index))
        except KBError as error:
            if str(error) != self._failure:
                log.error("cannot open the index: %s", error)
            self._failure = str(error)
        else:
            self._retry, self._failure = None, ""

    def _take(self, generation: Generation) -> None:
        """Answer with this generation from now on, once it is warm."""
        warning: str = getattr(generation, "warning", "")
        if warning and warning != self.warning:
            log.warning("%s", warning)
        old, settings = self._searcher, self.settings
        if old is None or generation.name != old.generation:
            if self._encoder is None:
                self._encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
            fresh = Searcher(generation, self._encoder, settings.corpus, cache=settings.cache)
            self._warm(fresh)
            self._searcher = fresh
            log.info("serving generation %s", fresh.generation)
            if old is not None:
                self._leaving.append(ref(old))
                self._next_collection = time.monotonic() + COLLECT_SECONDS
        self.warning = warning

    def _warm(self, searcher: Searcher) -> None:
        """Load what is loaded at need: the list of documents, and what a search in each language of them takes."""
        titles: dict[str, str] = {}
        for document in self.documents(searcher):
            if document.language not in titles:
                title = document.title[:TITLE]
                titles[document.language] = title if any(map(str.isalnum, title)) else document.id
        for title in titles.values():
            searcher.search(title, limit=1)

    def _collect(self) -> None:
        """Free what the last answer from an old generation has left: its parts refer to each other.

        Where the generation itself is held so, by an exception's traceback, it is freed after a while.
        """
        if not self._leaving:
            return
        left = [old for old in self._leaving if old() is not None]
        if len(left) < len(self._leaving) or time.monotonic() >= self._next_collection:
            gc.collect()
            self._next_collection = time.monotonic() + COLLECT_SECONDS
        self._leaving = left


async def follow(library: Library, looked: asyncio.Event | None = None) -> None:
    """Look for a newer generation, for ever; `looked` is set after the first time."""
    while True:
        try:
            await asyncio.to_thread(library.refresh)
        except Exception as error:  # the outermost edge of one refresh: the generation in use goes on
            log.error("cannot open the index: %s", place(error))
        if looked is not None:
            looked.set()
        await asyncio.sleep(REFRESH_SECONDS)


def place(error: BaseException) -> str:
    """Type of an exception and the place it was raised at, without its message, which may repeat a question."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


class _Formatter(logging.Formatter):
    """Of an exception only its place."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 – its name in logging
        return place(ei[1])


class _Elsewhere(_Formatter):
    """Of what others say only who says it and where: it may repeat a question."""

    def format(self, record: logging.LogRecord) -> str:
        said = copy(record)
        said.msg, said.args, said.exc_text = f"{record.name} at {record.filename}:{record.lineno}", None, None
        return super().format(said)


def log_to_stderr(*names: str) -> None:
    """Write what these loggers say, and what this module says, to standard error, a line each.

    Whatever else a process writes of itself – warnings, other loggers' lines, exceptions that nobody took – is
    written without its words, and memory is not dumped: all of that may hold what was asked.
    """
    ours, others = logging.StreamHandler(sys.stderr), logging.StreamHandler(sys.stderr)
    for handler, kind in ((ours, _Formatter), (others, _Elsewhere)):
        formatter = kind("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    for name in (log.name, *names):
        logger = logging.getLogger(name)
        logger.handlers = [ours]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    logging.root.handlers = [others]
    logging.root.setLevel(logging.WARNING)
    warnings.showwarning = _warned
    sys.excepthook = lambda _, error, __: _uncaught(error)
    threading.excepthook = lambda ended: _uncaught(ended.exc_value)
    sys.unraisablehook = lambda ended: _uncaught(ended.exc_value)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # a program that takes dumps has no limit, but then gets none of our memory
        Path("/proc/self/coredump_filter").write_text("0", encoding="ascii")


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    log.warning("%s at %s:%d", category.__name__, Path(filename).name, lineno)


def _uncaught(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        log.error("%s", place(error))


def check_address(settings: Settings) -> None:
    """Raises KBError where settings.host and settings.port cannot be listened on."""
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        # Python's own words repeat the address, but for a name that is not found.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise KBError(
            f"{where}: cannot listen there ({reason}); choose another with --port (or KB_PORT) or --host"
        ) from None


def listen(app: Callable[..., Any] | str, settings: Settings, *, workers: int = 1) -> None:
    """Serve an ASGI application on settings.host and settings.port until stopped: `app`, or what the function makes
    that a string names, in each of so many processes."""
    import uvicorn

    uvicorn.run(
        app,
        factory=isinstance(app, str),
        workers=workers,
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        http="h11",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        timeout_graceful_shutdown=math.ceil(settings.search_seconds) + 2,  # no search in flight is cut off
    )
