"""Is this machine fit for kb, and are its settings, corpus and index sound?"""

from __future__ import annotations

import fcntl
import locale
import os
import platform
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

import numpy as np

from kb import catalog as catalogue
from kb.encode import Encoder, NeutralEncoder, load_encoder
from kb.errors import IndexDamaged, KBError, NoIndex, SettingsError
from kb.generation import Generation, open_generation
from kb.read import SUFFIXES, ReaderPool
from kb.read.ocr import LANGUAGE_NAMES, installed_languages, ocr_missing
from kb.settings import Settings, load_settings

__all__ = ["Check", "State", "examine"]

State = Literal["ok", "warning", "problem"]

MIB: Final = 2**20
PREPARED: Final = 150 * MIB  # the encoder's files in the cache folder, and room to write them anew
SPARE: Final = 500 * MIB  # what a build's caches take beside the index
DESCRIPTORS: Final = (256, 1024)  # open files: below the first a problem, below the second a warning
MEMORY: Final = (700 * MIB, 1500 * MIB)  # a search holds 350 MiB, a build 700 and its readers beside it
SHOWN: Final = 5  # names listed in one line

# What the bundled encoder gives for one sentence, made on x86-64: the first components of its vector, as a passage
# and before the projection. Other processors differ by less than a tenth of the tolerance.
SENTENCE: Final = "Everyone has the right to an interpreter – каждый имеет право на переводчика."
EXPECTED: Final = (-0.0153, -0.0332, -0.0567, -0.0279, 0.0563, -0.0585, 0.0087, -0.0140)
TOLERANCE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do where it is not well."""

    name: str
    state: State
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


def examine(*, corpus: Path | None = None, index: Path | None = None) -> list[Check]:
    """Look at everything; nothing is changed but the encoder's cache, which is made where it is missing.

    Where the settings are wrong, which is the first thing said, the rest is looked at with the defaults.
    """
    settings, check = _settings(corpus, index)
    checks = [check, *_machine()]
    encoder, found = _encoder(settings)
    checks += found
    checks.append(_reading())
    checks += _corpus(settings.corpus)
    generation, check = _index(settings.index, encoder)
    checks += [check, _folder("index folder", settings.index), _disk(settings.index, generation)]
    checks += [_tesseract(generation)]
    return checks


def _settings(corpus: Path | None, index: Path | None) -> tuple[Settings, Check]:
    try:
        settings = load_settings(corpus=corpus, index=index)
    except SettingsError as error:
        flags = {name: path for name, path in (("corpus", corpus), ("index", index)) if path}
        return Settings.model_construct(None, **flags), Check("settings", "problem", str(error), "correct it")
    file = os.environ.get("KB_CONFIG") or "kb.toml"
    where = [file] if Path(file).is_file() else []
    where += sorted(name for name in os.environ if name.startswith("KB_") and name != "KB_CONFIG")
    return settings, Check("settings", "ok", f"from {', '.join(where)}" if where else "the defaults")


def _machine() -> Iterator[Check]:
    yield Check("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    used = {sys.getfilesystemencoding(), locale.getpreferredencoding(False), sys.stdout.encoding or "utf-8"}
    other = sorted(name for name in used if name.lower().replace("-", "") != "utf8")
    yield (
        Check("encoding", "warning", f"names and output use {', '.join(other)}", "set LANG=C.UTF-8 or PYTHONUTF8=1")
        if other
        else Check("encoding", "ok", "UTF-8")
    )
    now = datetime.now(UTC)
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    late = (installed - now).days >= 1
    yield (
        Check(
            "clock", "problem", f"{now:%Y-%m-%d %H:%M} UTC, before kb was installed", "set the clock, by NTP for good"
        )
        if late
        else Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")
    )
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    unlimited = files == resource.RLIM_INFINITY
    yield _graded(
        "open files",
        files if not unlimited else DESCRIPTORS[1],
        DESCRIPTORS,
        "no limit" if unlimited else f"{files} at once",
        "raise it: ulimit -n 4096",
    )
    memory = _memory()
    if memory is not None:
        yield _graded(
            "memory",
            memory,
            MEMORY,
            f"{memory / MIB:,.0f} MiB to be had",
            "end other programs, or give the machine more",
        )


def _graded(name: str, value: float, limits: tuple[float, float], found: str, remedy: str) -> Check:
    if value < limits[0]:
        return Check(name, "problem", found, remedy)
    return Check(name, "warning", found, remedy) if value < limits[1] else Check(name, "ok", found)


def _memory() -> int | None:
    """Bytes that this process may still take: of the machine, and of its control group where that has a limit."""
    found: list[int] = []
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        pass
    group = Path("/sys/fs/cgroup")
    for limit, used, stat in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        try:
            cached = [line for line in (group / stat).read_text().splitlines() if line.startswith("inactive_file ")]
            taken = int((group / used).read_text()) - sum(int(line.split()[1]) for line in cached)
            found.append(int((group / limit).read_text()) - taken)  # read files in memory are given up at need
        except (OSError, ValueError):  # "max": no limit
            continue
    return min(found, default=None)


def _encoder(settings: Settings) -> tuple[Encoder | None, list[Check]]:
    folder = _folder("cache folder", settings.cache)
    try:
        encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
        if settings.encoder == "bundled":
            base = encoder.base if isinstance(encoder, NeutralEncoder) else encoder
            vector = base.encode_passages([SENTENCE])[0]
            sound = bool(np.allclose(vector[: len(EXPECTED)], EXPECTED, atol=TOLERANCE))
        else:
            vector = encoder.encode_passages([SENTENCE])[0]
            sound = vector.shape == (encoder.dimension,)
        sound = sound and bool(abs(np.linalg.norm(vector) - 1) < 1e-3)
    except KBError as error:
        return None, [folder, Check("encoder", "problem", str(error))]
    if not sound:
        remedy = "reinstall onnxruntime, and empty the cache folder; report it with this machine's processor"
        return encoder, [
            folder,
            Check("encoder", "problem", f"{encoder.name}: a sentence gets another vector than it should", remedy),
        ]
    return encoder, [
        folder,
        Check("encoder", "ok", f"{encoder.name}; files intact, a sentence gets the vector it should"),
    ]


def _reading() -> Check:
    try:
        with tempfile.TemporaryDirectory(prefix="kb-doctor-") as folder, ReaderPool() as pool:
            file = Path(folder) / "a.html"
            file.write_text("<p>Слова.</p>", encoding="utf-8")
            text = pool.read(file, document_id="a", relative="a.html").text
    except (KBError, OSError) as error:
        return Check("reading", "problem", f"a small file cannot be read: {error}", "reinstall kb and its dependencies")
    if text != "Слова.":
        return Check("reading", "problem", f"a small file is read as {text!r}", "reinstall kb and its dependencies")
    return Check("reading", "ok", "the reading process starts and reads")


def _corpus(corpus: Path) -> Iterator[Check]:
    try:
        root, files = catalogue.corpus_files(corpus)
    except (KBError, OSError) as error:
        yield Check("corpus", "problem", str(error))
        return
    closed = [name for name in files if not _opens(root / name) or not _is_utf8(name)]
    other = [name for name in files if PurePosixPath(name).suffix.lower() not in SUFFIXES and name not in closed]
    if closed:
        yield Check(
            "corpus", "problem", f"cannot be opened: {_some(closed)}", "give kb the right to read them; names are UTF-8"
        )
    elif other or not files:
        found = f"{len(files)} files, of no kind that is read: {_some(other)}" if files else f"{corpus} is empty"
        yield Check(
            "corpus", "warning", found, "save them as PDF or DOCX, or take them out" if files else "kb add FILE"
        )
    else:
        yield Check("corpus", "ok", f"{len(files)} files")
    try:
        yield Check("catalogue", "ok", f"{len(catalogue.load_catalog(root))} tables")
    except (KBError, OSError) as error:
        yield Check("catalogue", "problem", str(error))


def _opens(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _is_utf8(name: str) -> bool:
    return name == name.encode("utf-8", "replace").decode("utf-8")


def _some(names: Iterable[str]) -> str:
    listed = [name.encode("utf-8", "backslashreplace").decode("utf-8") for name in names]
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def _index(index: Path, encoder: Encoder | None) -> tuple[Generation | None, Check]:
    try:
        generation = open_generation(index)
    except NoIndex:
        return None, Check("index", "warning", f"nothing is indexed in {index} yet", "kb build")
    except (IndexDamaged, OSError) as error:
        return None, Check("index", "problem", str(error), "kb build makes a new one")
    manifest = generation.manifest
    created = datetime.fromisoformat(manifest["created"])
    days = (datetime.now(UTC) - created).days
    if generation.warning:
        return generation, Check("index", "problem", generation.warning, "kb build makes a new one")
    found = (
        f"{generation.name}, every byte as it was built {days} days ago; {manifest['counts']['documents']} documents"
    )
    if days < 0:
        return generation, Check("index", "warning", f"{generation.name} is from the future", "set the clock")
    if encoder and manifest["encoder"]["fingerprint"] != encoder.fingerprint:
        return generation, Check(
            "index", "problem", f"{found}; built by another encoder", "kb build, or set KB_ENCODER back"
        )
    if manifest["skipped"]:
        return generation, Check(
            "index", "warning", f"{found}, {len(manifest['skipped'])} files left out", "kb status names them"
        )
    return generation, Check("index", "ok", found)


def _folder(name: str, folder: Path) -> Check:
    """Whether a folder, or the one it will be made in, can be written as the index and the caches need it."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryDirectory(dir=there, prefix=".kb-doctor-") as probe:
            fault = _probe(Path(probe))
    except OSError as error:
        return Check(
            name, "problem", f"{folder} cannot be written ({error.strerror})", "give kb the right, or set another"
        )
    if fault:
        return Check(name, "problem", f"{folder}: {fault}", "use a folder on a local file system")
    return Check(name, "ok", f"{folder}: writing, renaming and locks work")


def _probe(folder: Path) -> str:
    """What does not work in a folder of our own, "" where all does. Raises OSError."""
    (folder / "generation").mkdir()
    for name, text in (("CURRENT", "old"), ("CURRENT.new", "new")):
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    (folder / "CURRENT.new").replace(folder / "CURRENT")
    (folder / "generation").rename(folder / "renamed")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if (folder / "CURRENT").read_text(encoding="utf-8") != "new" or not (folder / "renamed").is_dir():
        return "renaming does not replace"
    with (folder / "lock").open("w") as first, (folder / "lock").open("w") as second:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return f"locks do not work ({error.strerror})"
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
    return "a lock keeps nobody out"


def _disk(index: Path, generation: Generation | None) -> Check:
    there = next(path for path in (index.absolute(), *index.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    size = sum(file["bytes"] for file in generation.manifest["files"].values()) if generation else 0
    found = f"{free / MIB:,.0f} MiB free; the index has {size / MIB:,.0f}, and a build needs as much again"
    return _graded(
        "disk", free, (size + PREPARED, 2 * size + SPARE), found, "free some, or move the index with KB_INDEX"
    )


def _tesseract(generation: Generation | None) -> Check:
    """Whether scanned pages can be read, in the languages that the corpus has."""
    if missing := ocr_missing():
        return Check(
            "tesseract",
            "warning",
            f"scanned pages stay unread: {missing}",
            "apt install tesseract-ocr tesseract-ocr-rus",
        )
    version, installed = installed_languages(shutil.which("tesseract") or "")
    spoken = {language for _, language, _ in generation.facets()} if generation else set()
    wanted = {language: LANGUAGE_NAMES[language] for language in sorted(spoken) if language in LANGUAGE_NAMES}
    lacking = {language: names[0] for language, names in wanted.items() if not installed.intersection(names)}
    found = f"{version} with {', '.join(sorted(installed - {'osd'}))}"
    if not lacking:
        return Check("tesseract", "ok", found)
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in lacking.values())
    found += f"; the corpus is in {', '.join(lacking)} too"
    return Check("tesseract", "warning", found, f"apt install {packages}, where there are scans in these languages")
