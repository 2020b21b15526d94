"""`serve`: the application under uvicorn, with one log line a request that holds no question, address or browser."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import nullcontext
from typing import Final

from fastapi import FastAPI

from kb.serving import check_address, listen, log_to_stderr
from kb.settings import Settings, load_settings, to_environment
from kb.watch import CorpusWatcher
from web.app import create_app

__all__ = ["serve", "worker"]

LOGGERS: Final = ("kb.web", "kb.watch", "uvicorn.error")


def serve(settings: Settings) -> None:
    """Serve on settings.host and settings.port until stopped, by settings.workers processes. Logs to standard error.

    With settings.watch the corpus is built again whenever it changes.
    """
    log_to_stderr(*LOGGERS)
    check_address(settings)
    # uvicorn stops at SIGTERM and then sends it to itself again, which would end the process before the watcher.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    several = settings.workers > 1
    if several:
        os.environ.update(to_environment(settings))  # read by `worker` in the child processes
    with CorpusWatcher(settings) if settings.watch else nullcontext():
        listen("web.server:worker" if several else create_app(settings), settings, workers=settings.workers)


def worker() -> FastAPI:
    """The application of one of several processes, with the settings that `serve` put into the environment."""
    log_to_stderr(*LOGGERS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return create_app(load_settings())


def _end_with_parent() -> None:
    """A server that was killed leaves no worker behind that would keep its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
