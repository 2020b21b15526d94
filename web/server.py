"""`serve`: the application under uvicorn, with one log line a request that holds no question, address or browser."""

from __future__ import annotations

import logging
import socket
import sys
import time

import uvicorn

from kb.errors import KBError
from kb.settings import Settings
from web.app import create_app

__all__ = ["serve"]


def serve(settings: Settings) -> None:
    """Serve on settings.host and settings.port until stopped. Logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    for name in ("kb.web", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise KBError(
            f"{where}: cannot listen there ({error.strerror}); choose another with --port or --host"
        ) from None
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        http="h11",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
