"""corpus changes → `kb build` in a child process, one at a time, for as long as the server runs."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import watchfiles

from kb.catalog import CATALOG, PARTIES
from kb.settings import Settings, to_environment

__all__ = ["CorpusWatcher", "is_of_corpus"]

log = logging.getLogger("kb.watch")

QUIET: Final = 300  # milliseconds without a change after which a burst of them is over
LONGEST_BURST: Final = 3_000  # … and after which they are built all the same
LOOK: Final = 500  # milliseconds between two looks at whether something is due
RETRY_SECONDS: Final = 30.0  # after a build that failed or found the index locked
NICENESS: Final = 10  # answers come first
BUILT: Final = {0, 3}  # exit codes of a build that made a generation, or had nothing to do; 3: some file was left out
TEMPORARY: Final = ("~", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".swx", ".bak", ".lock")


def is_of_corpus(path: Path, root: Path, outside: tuple[Path, ...] = ()) -> bool:
    """Whether a changed file may be a document: no hidden or scratch name below `root`, no temporary file of an editor
    or a download, nothing in the folders `outside`. All paths absolute."""
    if not path.is_relative_to(root) or any(path.is_relative_to(folder) for folder in outside):
        return False
    names = path.relative_to(root).parts
    return not any(name.startswith((".", "_", "~$")) for name in names) and not path.name.lower().endswith(TEMPORARY)


class CorpusWatcher:
    """Context manager: within it, a thread watches the corpus and a child process builds after each change.

    The first build comes at once, for what changed before. What changes during a build is built after it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="corpus watcher")
        self._due: float | None = time.monotonic()  # when to build next; None: after the next change
        self._said = ""

    def __enter__(self) -> CorpusWatcher:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread, and a build that runs: the next one goes on where it was."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except OSError as error:  # the folder is not there, or the system watches no more files
                self._say(f"cannot watch {self._settings.corpus}: {error.strerror or error}; trying again")
                self._stop.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        """Build after changes until told to stop, or until another folder has the corpus's name."""
        settings = self._settings
        corpus = settings.corpus.resolve()
        outside = (settings.index.resolve(), settings.cache.resolve())
        # One file is watched in its folder: editors put another one in its place.
        one = corpus.is_file()
        root = corpus.parent if one else corpus
        identity = _identity(settings.corpus.parent if one else settings.corpus)

        def counts(_: watchfiles.Change, name: str) -> bool:
            path = Path(name)
            return path in {corpus, root / CATALOG, root / PARTIES} if one else is_of_corpus(path, root, outside)

        for changes in watchfiles.watch(
            root,
            watch_filter=counts,
            debounce=LONGEST_BURST,
            step=QUIET,
            stop_event=self._stop,
            rust_timeout=LOOK,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=not one,
            ignore_permission_denied=True,
        ):
            if changes or (self._due is not None and time.monotonic() >= self._due):
                self._due = time.monotonic() + RETRY_SECONDS
                if self._build():
                    self._due = None
            if _identity(settings.corpus.parent if one else settings.corpus) != identity:
                self._due = time.monotonic()
                return

    def _build(self) -> bool:
        """Run `kb build --json` with the same settings, and say in one line what came of it; False if it failed."""
        began = time.monotonic()
        try:
            code, output, errors = self._run_build()
        except OSError as error:  # no process, no memory
            self._say(f"build failed: it cannot be run ({error.strerror or error}); trying again")
            return False
        if self._stop.is_set():
            return True
        if code in BUILT:
            self._said = ""
            log.info("%s", _summary(json.loads(output), time.monotonic() - began))
            return True
        # Only what kb itself says is passed on: the message of an unforeseen exception may hold a text.
        told = [line.removeprefix("kb: ") for line in errors.splitlines() if line.startswith("kb: ")]
        self._say(f"build failed (exit code {code}){': ' + told[-1] if told else ''}")
        return False

    def _run_build(self) -> tuple[int, str, str]:
        """Exit code, output and errors of `kb build --json`, which is killed when told to stop. Raises OSError."""
        with subprocess.Popen(
            [sys.executable, "-m", "kb", "build", "--json"],
            env={**os.environ, **to_environment(self._settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the server, which then ends the build
        ) as child:
            with suppress(OSError):  # it builds all the same; without rights it cannot be less nice than it is
                os.setpriority(os.PRIO_PROCESS, child.pid, max(NICENESS, os.getpriority(os.PRIO_PROCESS, child.pid)))
            try:
                while True:
                    try:
                        output, errors = child.communicate(timeout=LOOK / 1000)
                        return child.returncode, output, errors
                    except subprocess.TimeoutExpired:
                        if self._stop.is_set():
                            child.kill()  # builds may be killed at any moment
            except BaseException:
                child.kill()
                raise

    def _say(self, message: str) -> None:
        """Log what is wrong, once for as long as it stays the same."""
        if message != self._said:
            log.error("%s", message)
        self._said = message


def _summary(report: dict[str, Any], seconds: float) -> str:
    what = "nothing has changed" if report["unchanged"] else f"built {report['generation']}"
    return (
        f"{what}: {report['documents']} documents, {report['passages']} passages, {len(report['skipped'])} left out,"
        f" {seconds:.1f} s"
    )


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder it is; None where it is gone."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
