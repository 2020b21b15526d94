"""Files are read in child processes that can be stopped: a bad one costs its own answer and nothing else."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from kb.errors import KBError, UnreadableFile
from kb.model import Document
from kb.read.drawing import Drawing
from kb.read.ocr import RecognisedPage
from kb.read.wire import document_from_fields, recognised_from_json, recognised_to_json

__all__ = ["ReaderPool"]

_START_SECONDS = 60  # for the child to import its parsers on a busy machine
_ANSWER_LIMIT = 256 * 2**20  # bytes
_FILES_PER_CHILD = 500  # parsers leak; a fresh child costs half a second


class ReaderPool:
    """Children that read one file at a time each, under limits of time, memory and output.

    `page_seconds` bound the recognition of one page, by the clock and of the processor. `read` and `recognise` may be
    called from as many threads as there are workers; a further one waits. A child that exceeds a limit or dies is
    killed with its process group, and the next file gets a new one.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        wall_seconds: float = 20,
        cpu_seconds: int = 15,
        page_seconds: int = 120,
        memory_bytes: int = 2**30,
        passwords: Sequence[str] = (),
    ) -> None:
        self._wall_seconds = wall_seconds
        self._cpu_seconds = cpu_seconds
        self._page_seconds = page_seconds
        self._memory_bytes = memory_bytes
        self._passwords = list(passwords)
        self._workers = workers
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)  # started when first needed

    def __enter__(self) -> ReaderPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the children; the pool may be used again, with new ones."""
        for _ in range(self._workers):
            child = self._idle.get()
            if child is not None:
                child.stop()
        for _ in range(self._workers):
            self._idle.put(None)

    def read(self, path: Path, *, document_id: str, relative: str) -> Document:
        """The document of one file. Raises UnreadableFile, KBError where no child can be started."""
        document, _ = self.read_pages(path, document_id=document_id, relative=relative)
        if isinstance(document, UnreadableFile):
            raise document
        return document

    def read_pages(
        self,
        path: Path,
        *,
        document_id: str,
        relative: str,
        recognised: Mapping[int, RecognisedPage] = MappingProxyType({}),
    ) -> tuple[Document | UnreadableFile, tuple[int, ...]]:
        """As `read`, and the numbers of the pages that are better recognised in their picture; see `recognise`.

        The refusal of a file that holds nothing else is returned with them. Pages that were recognised are handed back
        in `recognised`, for a document that holds them.
        """
        request = {
            "path": str(path.absolute()),
            "id": document_id,
            "relative": relative,
            "recognised": [(number, recognised_to_json(page)) for number, page in recognised.items()],
        }
        answer = json.loads(self._ask(request, self._wall_seconds, self._cpu_seconds))
        doubtful = tuple(answer.get("doubtful", ()))
        if "document" in answer:
            return document_from_fields(answer["document"]), doubtful
        refusal = UnreadableFile(answer["reason"], answer["detail"])
        if not doubtful:
            raise refusal
        return refusal, doubtful

    def recognise(self, path: Path, page: int, *, language: str = "") -> RecognisedPage:
        """One page of a PDF recognised in its picture; `language` (BCP 47) where it is known.

        Raises UnreadableFile, KBError where no child can be started.
        """
        request = {"path": str(path.absolute()), "page": page, "language": language}
        answer = self._ask(request, self._page_seconds, self._page_seconds)
        if answer.startswith(b'{"reason":'):
            refusal = json.loads(answer)
            raise UnreadableFile(refusal["reason"], refusal["detail"])
        return recognised_from_json(answer)

    def draw(self, path: Path, page: int, *, text: str = "", span: tuple[int, int] | None = None) -> Drawing:
        """One page of a PDF as a picture, text[span] outlined on it where it is found; see `draw_page`.

        Raises UnreadableFile, KBError where no child can be started.
        """
        request = {"path": str(path.absolute()), "draw": page, "text": text, "span": span}
        answer = json.loads(self._ask(request, self._wall_seconds, self._cpu_seconds))
        if "reason" in answer:
            raise UnreadableFile(answer["reason"], answer["detail"])
        return Drawing(**{**answer, "png": base64.b64decode(answer["png"])})

    @property
    def workers(self) -> int:
        """How many files or pages are read at once."""
        return self._workers

    def _ask(self, request: dict[str, Any], wall_seconds: float, cpu_seconds: int) -> bytes:
        """The answer of the next free child to a request."""
        child = self._idle.get()
        try:
            if child is None or child.files >= _FILES_PER_CHILD:
                if child is not None:
                    child.stop()
                child = None
                child = _Child(self._memory_bytes, self._passwords)
            return child.ask({**request, "cpu_seconds": cpu_seconds}, wall_seconds)
        except BaseException:
            if child is not None:
                child.stop()
                child = None
            raise
        finally:
            self._idle.put(child)


class _Child:
    """One reading process and the pipe to it."""

    def __init__(self, memory_bytes: int, passwords: Sequence[str]) -> None:
        root = Path(__file__).resolve().parents[2]
        path = [str(root), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONIOENCODING": "utf-8"}
        environment.pop("PYTHONWARNINGS", None)
        # -P: a file called lxml.py in the folder where kb is run must not become a module.
        command = [sys.executable, "-P", "-m", "kb.read.worker", str(memory_bytes)]
        self.files = 0
        self._cpu_seconds = 0  # that the request under way may take
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._rest = b""
        try:
            self._send(passwords)
            ready = self._receive(time.monotonic() + _START_SECONDS)
        except UnreadableFile as error:
            self.stop()
            raise KBError(f"the reading process does not start ({error}); reinstall kb and its dependencies") from error
        if ready != b'{"ready":true}':
            self.stop()
            raise KBError("the reading process does not answer as it should; reinstall kb and its dependencies")

    def ask(self, request: dict[str, Any], wall_seconds: float) -> bytes:
        """The line that answers `request`. Raises UnreadableFile("too-slow" | "too-large" | "crashed")."""
        self.files += 1
        self._cpu_seconds = request["cpu_seconds"]
        self._send(request)
        return self._receive(time.monotonic() + wall_seconds)

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError as error:  # it died between two files
            raise self._death() from error

    def _receive(self, deadline: float) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        parts: list[bytes] = []
        size = 0
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while True:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise UnreadableFile("too-slow", "took longer to read than it may")
                chunk = os.read(descriptor, 1 << 20)
                if not chunk:
                    raise self._death()
                parts.append(chunk)
                size += len(chunk)
                if size > _ANSWER_LIMIT:
                    raise UnreadableFile("too-large", "gives more text than a file may")
                if chunk.endswith(b"\n"):
                    return b"".join(parts)[:-1]

    def _death(self) -> UnreadableFile:
        """What the end of the process means for the file it was reading."""
        self.stop(kill=False)
        code = self._process.returncode
        if code == -signal.SIGXCPU:
            return UnreadableFile("too-slow", f"took more than {self._cpu_seconds} s of processor time to read")
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
        return UnreadableFile("crashed", f"ended the reading process ({name})")

    def stop(self, *, kill: bool = True) -> None:
        """End the process and all that it started."""
        if not kill:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
