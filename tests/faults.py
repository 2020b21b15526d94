"""kb in processes of its own that are killed, or whose file operations fail, at a chosen moment.

A server imports kb once and forks for every command, so that a build of a tiny corpus takes a fraction of a second.
The encoder is that of arithmetic.py, all else is the command line. A command is watched by seccomp's user
notifications: the kernel stops it before each file operation of any of its threads, and we say whether the operation
is done, fails, or is never reached because the process is dead. (strace counts by thread: it has no n-th operation of
a build with several.)
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import gc
import importlib
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

# What stands on the disk changes by these; what they write to is an argument of each: (descriptor,) or (folder, path).
DESCRIPTOR: Final = {
    "write": 0,
    "writev": 0,
    "pwrite64": 0,
    "pwritev": 0,
    "pwritev2": 0,
    "fsync": 0,
    "fdatasync": 0,
    "ftruncate": 0,
    "fallocate": 0,
    "sendfile": 0,
    "copy_file_range": 2,
}
PATH: Final = {
    "open": (None, 0),
    "openat": (0, 1),
    "creat": (None, 0),
    "truncate": (None, 0),
    "mkdir": (None, 0),
    "mkdirat": (0, 1),
    "rename": (None, 1),
    "renameat": (2, 3),
    "renameat2": (2, 3),
    "link": (None, 1),
    "linkat": (2, 3),
    "symlink": (None, 1),
    "symlinkat": (1, 2),
    "unlink": (None, 0),
    "unlinkat": (0, 1),
    "rmdir": (None, 0),
}
OPERATIONS: Final = (*DESCRIPTOR, *PATH, "msync")
REMOVING: Final = frozenset({"unlink", "unlinkat", "rmdir"})
SYNCING: Final = frozenset({"fsync", "fdatasync", "msync"})
CAN_FAIL: Final = tuple(name for name in OPERATIONS if name not in REMOVING)
NEEDS_SPACE: Final = tuple(name for name in CAN_FAIL if name not in SYNCING)
PROGRESS: Final = re.compile(r"kb: [a-z ]+ \d+/\d+")
DEADLINE: Final = 90  # seconds; a command that takes longer hangs

ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000  # <linux/seccomp.h>
RECEIVE, ANSWER, CONTINUE = 0xC0502100, 0xC0182101, 1


@dataclass(frozen=True)
class Fault:
    """What happens to a command at the `at`-th (from 1; 0: never) of its `operations` on files below `below`.

    `error` is an errno, or 0 to kill. `lasting`: every later operation fails too, as on a full disk.
    """

    below: str
    at: int = 0
    error: int = 0
    lasting: bool = False
    operations: tuple[str, ...] = OPERATIONS


@dataclass(frozen=True)
class Done:
    """How a command ended, `seconds` after its fork, after `cpu` seconds of work. `code` is negative for a signal.

    `operations` are the file operations it came to: [name, path below, inode].
    """

    code: int
    pid: int
    out: str
    err: str
    seconds: float
    cpu: float
    operations: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def complaint(self) -> list[str]:
        """What was said on stderr beside progress."""
        return [line for line in self.err.splitlines() if not PROGRESS.fullmatch(line)]


class Commands:
    """The server's client. `unwatched` says why commands cannot be watched here, "" where they can."""

    def __init__(self) -> None:
        root = Path(__file__).parent.parent
        path = [str(root), str(root / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
        environment = {**kept, **single, "PYTHONPATH": os.pathsep.join(path), "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment
        )
        self.unwatched = self._answer()["unwatched"]

    def run(self, *argv: str, fault: Fault | None = None, kill_after: float | None = None) -> Done:
        """Run `kb ARGV…` to its end; SIGKILL it after so many seconds if any are given."""
        assert self._process.stdin
        request = {"argv": argv, "fault": asdict(fault) if fault else None, "kill_after": kill_after}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        done = Done(**self._answer())
        assert done.code != -signal.SIGALRM, f"kb {argv[0]} hangs with {fault}"
        return done

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=20)


def commands() -> Iterator[Commands]:
    """For a fixture: a server that ends with it."""
    server = Commands()
    yield server
    server.close()


# A corpus of two versions, and what an index of it answers.

QUERIES: Final = ("consul prison letter", "открыть школу", "harbour edition new")
GUIDE: Final = "# Help abroad\n\n## Where to ask\n\nAsk the consul first. The consul can visit you in prison.\n"
RESOLUTION: Final = "Резолюция\n\n(Омск, 3 мая 2019 года)\n\nУчастники решили:\n\n- открыть школу;\n\n- издать книгу.\n"


def write_corpus(corpus: Path, edition: str) -> None:
    """Two files and 24 records. Editions differ in a third of the records, and by a file that only "old" has."""
    corpus.mkdir(exist_ok=True)
    (corpus / "help.md").write_text(GUIDE, encoding="utf-8")
    (corpus / "omsk.md").write_text(RESOLUTION, encoding="utf-8")
    (corpus / "gone.md").unlink(missing_ok=True)
    if edition == "old":
        (corpus / "gone.md").write_text("# Gone\n\nThe harbour master keeps a ledger.\n", encoding="utf-8")
    texts = [f"Harbour ledger {n} of the {edition if n % 3 == 0 else 'first'} edition. It is kept." for n in range(24)]
    lines = [json.dumps({"_id": f"r{n}", "title": f"Ledger {n}", "text": text}) for n, text in enumerate(texts)]
    (corpus / "records.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def answers(index: Path, corpus: Path) -> tuple[str, list[Any]]:
    """(the warning, what the index answers to QUERIES and which documents it holds); the index opened anew."""
    from arithmetic import ArithmeticEncoder

    from kb.generation import open_generation
    from kb.search import Searcher

    generation = open_generation(index)
    searcher = Searcher(generation, ArithmeticEncoder(), corpus)
    found: list[Any] = [sorted((d.id, d.sha256) for d in searcher.documents())]
    for query in QUERIES:
        hits = searcher.search(query, limit=50, rescue=False).hits
        found.append(sorted((-round(hit.score, 3), hit.passage_id, hit.quote) for hit in hits))  # ties in any order
    return getattr(generation, "warning", ""), found


@dataclass(frozen=True)
class World:
    """A corpus in its new version, an index of the old one, and the answers of both."""

    corpus: Path
    sound: Path  # an index of the old version; nothing writes to it
    index: Path  # where it is copied to be tried
    old: list[Any]
    new: list[Any]
    seconds: float  # that an undisturbed rebuild takes
    commands: Commands

    @classmethod
    def make(cls, folder: Path, commands: Commands) -> World:
        corpus, sound, index = folder / "corpus", folder / "sound", folder / "index"
        write_corpus(corpus, "old")
        assert commands.run("build", "--corpus", str(corpus), "--index", str(sound)).code == 0
        old = answers(sound, corpus)[1]
        write_corpus(corpus, "new")
        shutil.copytree(sound, index)
        done = commands.run("build", "--corpus", str(corpus), "--index", str(index))
        assert done.code == 0, done.err
        new = answers(index, corpus)[1]
        assert old != new
        assert old[-1] != new[-1]
        return cls(corpus, sound, index, old, new, done.seconds, commands)

    def renew(self) -> None:
        """Put the index back to the old version's."""
        gc.collect()  # an index that was opened takes room on a small disk until it is let go
        shutil.rmtree(self.index, ignore_errors=True)
        shutil.copytree(self.sound, self.index)

    def build(self, fault: Fault | None = None, kill_after: float | None = None) -> Done:
        """`kb build` of the new version."""
        argv = ("build", "--corpus", str(self.corpus), "--index", str(self.index))
        return self.commands.run(*argv, fault=fault, kill_after=kill_after)

    def fault(
        self, at: int = 0, error: int = 0, lasting: bool = False, operations: Sequence[str] = OPERATIONS
    ) -> Fault:
        return Fault(str(self.index.resolve()), at, error, lasting, tuple(operations))

    def serves(self) -> str:
        """ "old" or "new", whose answers it must be exactly, without a warning."""
        warning, found = answers(self.index, self.corpus)
        assert warning == ""
        assert found in (self.old, self.new), "the answers are neither the old nor the new ones"
        return "old" if found == self.old else "new"

    def recovers(self) -> None:
        """The next build gives the new version and leaves nothing beside the index."""
        done = self.build()
        assert (done.code, done.complaint) == (0, []), done.err
        assert self.serves() == "new"
        assert litter(self.index) == []


def litter(index: Path) -> list[str]:
    """What stands in an index folder and is no part of an index."""
    names = {path.relative_to(index).as_posix() for path in index.rglob("*")}
    top = {"CURRENT", "lock", "cache", "generations"}
    kept = set()
    named = re.findall(r"^(\S+) ", (index / "CURRENT").read_text(encoding="utf-8"), re.MULTILINE)
    for manifest in (index / "generations" / name / "manifest.json" for name in named):
        folder = manifest.parent
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        kept |= {(folder / name).relative_to(index).as_posix() for name in [".", "lexical", "manifest.json", *files]}
    kept |= {name for name in names if re.fullmatch(r"cache/(documents|[\w.-]+\.sqlite|documents/[\w.-]+\.json)", name)}
    return sorted(names - top - kept)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory, where syncing takes no time; in the usual place where there is none."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="kb-") as folder:
        yield Path(folder)


# The server.


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_notify_fd.argtypes = [ctypes.c_void_p]
    return library


def _numbers() -> dict[int, str]:
    """The system call numbers of OPERATIONS, as far as this architecture has them."""
    resolve = _library().seccomp_syscall_resolve_name
    return {number: name for name in OPERATIONS if (number := resolve(name.encode())) >= 0}


def _watch_me(to: socket.socket) -> None:
    """Have this process's file operations ask first; send the descriptor they ask through."""
    library = _library()
    context = library.seccomp_init(ALLOW)
    for number in _numbers():
        if library.seccomp_rule_add(context, NOTIFY, number, 0):
            raise OSError("seccomp_rule_add")
    if status := library.seccomp_load(context):
        raise OSError(-status, os.strerror(-status))
    listener = library.seccomp_notify_fd(context)
    socket.send_fds(to, [b"."], [listener])
    os.close(listener)


class _Watch:
    """Answers the file operations of one process and its children."""

    def __init__(self, listener: int, pid: int, fault: Fault, numbers: dict[int, str]) -> None:
        self.listener, self._pid, self._fault, self._numbers = listener, pid, fault, numbers
        self.operations: list[tuple[str, str, int]] = []

    def answer(self) -> None:
        """Let one operation happen, fail, or never happen."""
        message = bytearray(80)
        try:
            fcntl.ioctl(self.listener, RECEIVE, message)
            identity, task, _, number, _, _, *values = struct.unpack("QIIiIQ6Q", message)
            error = self._judge(self._numbers[number], task, values)
            fcntl.ioctl(self.listener, ANSWER, struct.pack("QqiI", identity, 0, -error, 0 if error else CONTINUE))
        except OSError as gone:  # it died meanwhile
            if gone.errno not in (errno.ENOENT, errno.ESRCH, errno.EIO, errno.EPERM, errno.EACCES):
                raise
        except _Killed:
            os.kill(self._pid, signal.SIGKILL)

    def _judge(self, name: str, task: int, values: list[int]) -> int:
        """0 to let it happen, or an errno."""
        fault = self._fault
        if name not in fault.operations:
            return 0
        if name in ("open", "openat") and not values[PATH[name][1] + 1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return 0
        path = _target(name, task, values)
        if not f"{path}/".startswith(f"{fault.below}/"):
            return 0
        inode = 0
        if name in DESCRIPTOR:
            inode = Path(f"/proc/{task}/fd/{_signed(values[DESCRIPTOR[name]])}").stat().st_ino
        self.operations.append((name, path[len(fault.below) + 1 :], inode))
        reached = len(self.operations)
        if not fault.at or reached < fault.at or (reached > fault.at and not fault.lasting):
            return 0
        if not fault.error:
            raise _Killed
        return fault.error


class _Killed(Exception):
    pass


def _signed(value: int) -> int:
    return int(ctypes.c_int(value & 0xFFFFFFFF).value)


def _target(name: str, task: int, values: list[int]) -> str:
    """The file that an operation is on."""
    if name in DESCRIPTOR:
        return str(Path(f"/proc/{task}/fd/{_signed(values[DESCRIPTOR[name]])}").readlink())
    if name == "msync":
        for line in Path(f"/proc/{task}/maps").read_text(encoding="utf-8", errors="replace").splitlines():
            first, last = (int(number, 16) for number in line.split(maxsplit=1)[0].split("-"))
            if first <= values[0] < last:
                return line.split(maxsplit=5)[5] if len(line.split(maxsplit=5)) > 5 else ""
        return ""
    folder, at = PATH[name]
    with Path(f"/proc/{task}/mem").open("rb", buffering=0) as memory:
        memory.seek(values[at])
        raw = b""
        while b"\0" not in raw and len(raw) < 4096:
            raw += memory.read(min(256, 4096 - (values[at] + len(raw)) % 4096))  # never past the page
    path = os.fsdecode(raw.partition(b"\0")[0])
    if path.startswith("/"):
        return os.path.normpath(path)
    given = -100 if folder is None else _signed(values[folder])
    base = Path(f"/proc/{task}/cwd" if given == -100 else f"/proc/{task}/fd/{given}").readlink()
    return os.path.normpath(f"{base}/{path}")


def _possible() -> str:
    """Why nothing can be watched here; "" where it can."""
    try:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            child = os.fork()
            if not child:
                try:
                    _watch_me(theirs)
                    os._exit(0)
                except BaseException:
                    os._exit(1)
            theirs.close()
            _, listeners, _, _ = socket.recv_fds(ours, 1, 1)
            for listener in listeners:
                os.close(listener)
            return "" if os.waitpid(child, 0)[1] == 0 and listeners else "this system lets no process be watched"
    except OSError as error:
        return f"file operations cannot be watched here: {error}"


def _supervise(child: int, fault: Fault | None, channel: socket.socket, kill_after: float | None) -> dict[str, Any]:
    """Answer for a child until it ends; how it ended."""
    started = time.monotonic()
    watch = None
    if fault:
        _, listeners, _, _ = socket.recv_fds(channel, 1, 1)
        watch = _Watch(listeners[0], child, fault, _numbers())
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    if watch:
        poll.register(watch.listener, select.POLLIN)
    due, hanging = started + (kill_after if kill_after is not None else DEADLINE), kill_after is None
    killed = False
    while True:
        events = dict(poll.poll(max(0.0, due - time.monotonic()) * 1000))
        if ended in events:
            break
        if watch and events.get(watch.listener, 0) & select.POLLIN:
            watch.answer()
        elif not events and not killed:
            os.kill(child, signal.SIGKILL)
            killed, due = True, started + 2 * DEADLINE
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    os.close(ended)
    if watch:
        os.close(watch.listener)
    if killed and hanging:
        code = -signal.SIGALRM
    return {
        "code": code,
        "pid": child,
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "operations": watch.operations if watch else [],
    }


def _become(argv: Sequence[str], watched: bool, channel: socket.socket, out: int, err: int) -> NoReturn:
    """In the child: be `kb ARGV…` with the encoder of arithmetic.py."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, stands in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(given, stands)
    from arithmetic import ArithmeticEncoder

    import kb.encode
    from kb.cli import main

    kb.encode.load_encoder = lambda *_, **__: ArithmeticEncoder()
    if watched:
        _watch_me(channel)
    channel.close()
    sys.argv = ["kb", *argv]
    code: object = 0
    try:
        main()
    except SystemExit as left:
        code = left.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)  # taking down all that was imported takes longer than a build


def _serve() -> None:
    for module in ("arithmetic", "kb.build", "kb.check", "kb.cli", "kb.encode", "kb.language"):
        importlib.import_module(module)
    gc.freeze()
    print(json.dumps({"unwatched": _possible()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        fault = Fault(**request["fault"]) if request["fault"] else None
        ours, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, ours:
            child = os.fork()
            if not child:
                ours.close()
                _become(request["argv"], fault is not None, theirs, out.fileno(), err.fileno())
            theirs.close()
            done = _supervise(child, fault, ours, request["kill_after"])
            for name, file in (("out", out), ("err", err)):
                file.seek(0)
                done[name] = file.read().decode("utf-8", "replace")
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    _serve()
