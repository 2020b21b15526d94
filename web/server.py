"""`serve`: the application under uvicorn, with one log line a request that holds no question, address or browser."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from contextlib import nullcontext

import uvicorn
from fastapi import FastAPI

from kb.errors import KBError
from kb.settings import Settings, load_settings, to_environment
from kb.watch import CorpusWatcher
from web.app import create_app

__all__ = ["serve", "worker"]


def serve(settings: Settings) -> None:
    """Serve on settings.host and settings.port until stopped, by settings.workers processes. Logs to standard error.

    With settings.watch the corpus is built again whenever it changes.
    """
    _log_to_stderr()
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise KBError(
            f"{where}: cannot listen there ({error.strerror}); choose another with --port or --host"
        ) from None
    # uvicorn stops at SIGTERM and then sends it to itself again, which would end the process before the watcher.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    several = settings.workers > 1
    if several:
        os.environ.update(to_environment(settings))  # read by `worker` in the child processes
    with CorpusWatcher(settings) if settings.watch else nullcontext():
        uvicorn.run(
            "web.server:worker" if several else create_app(settings),
            factory=several,
            workers=settings.workers,
            host=settings.host,
            port=settings.port,
            root_path=settings.root_path,
            http="h11",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )


def worker() -> FastAPI:
    """The application of one of several processes, with the settings that `serve` put into the environment."""
    _log_to_stderr()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return create_app(load_settings())


def _end_with_parent() -> None:
    """A server that was killed leaves no worker behind that would keep its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    for name in ("kb.web", "kb.watch", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
