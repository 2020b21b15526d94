"""Files that are built once and verified on every use."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from kb.errors import ModelFileError

__all__ = ["cached_file"]

_ABANDONED = 3600.0  # seconds after which another process's temporary file is taken for a dead one's


def cached_file(folder: Path, stem: str, suffix: str, build: Callable[[], bytes]) -> Path:
    """Path of `folder/stem-<SHA-256><suffix>`, its content verified against its name; built if missing or damaged.

    The file appears whole or not at all, whoever else builds it at the same time.
    Raises ModelFileError if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(folder.glob(f"{stem}-*{suffix}"))
        for path in found:
            if _intact(path, path.name[len(stem) + 1 : -len(suffix)]):
                return path
        built = _write(folder, stem, suffix, build())
        for damaged in found:
            if damaged != built:
                damaged.unlink(missing_ok=True)
        return built
    except OSError as error:
        where = error.filename or folder
        reason = error.strerror or error
        raise ModelFileError(
            f"The model cache {where} cannot be used ({reason}); point KB_CACHE to a writable folder"
        ) from error


def _intact(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except FileNotFoundError:  # another process has just replaced it
        return False


def _write(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    _sweep(folder)
    path = folder / f"{stem}-{hashlib.sha256(data).hexdigest()}{suffix}"
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _sweep(folder: Path) -> None:
    """Remove what killed builds left."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()
