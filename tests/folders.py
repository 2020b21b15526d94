"""Folders that cannot be read, whoever runs the tests."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["deep"]


def deep(folder: Path) -> None:
    """Folders in `folder`, which is made, one in another until their path is longer than the system opens."""
    folder.mkdir(exist_ok=True)
    inner = os.open(folder, os.O_RDONLY)
    for _ in range(21):
        os.mkdir("d" * 200, dir_fd=inner)
        outer, inner = inner, os.open("d" * 200, os.O_RDONLY, dir_fd=inner)
        os.close(outer)
    os.close(inner)
