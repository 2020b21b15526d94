"""From a setting to an encoder, and how probable words are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from kb.encode.neutral import NeutralEncoder, Projection
from kb.encode.protocol import Encoder
from kb.errors import UsageError

if TYPE_CHECKING:
    from kb.encode.tokenizer import XlmrTokenizer

__all__ = ["calibration_path", "load_base", "load_encoder", "load_likelihood", "projection_path"]

_SHIPPED: Final = Path(__file__).with_name("multilingual-e5-small.npz")  # made by bench/fit_projection.py
_SHIPPED_DIGEST: Final = "be03b6ea562cd2ff76a2b7094c4d474c2bf04b27e043bf4b7cebbe0556496da1"


def load_encoder(spec: str = "bundled", *, cache: Path | None = None, threads: int = 0) -> Encoder:
    """The encoder that KB_ENCODER names: "bundled", or "st:" and a sentence-transformers folder or hub id.

    Its vectors are made language-neutral where a projection was fitted to it: one is shipped for the bundled
    encoder, others are looked for in `cache`, the folder of derived files (the user's cache folder). `threads`: 0
    for one a core. Raises UsageError for any other name, ModelFileError if the model cannot be had.
    """
    base = load_base(spec, cache=cache, threads=threads)
    path = projection_path(base, cache)
    if not path.is_file() and path != _SHIPPED:
        return base
    return NeutralEncoder(base, Projection.load(path, _SHIPPED_DIGEST if path == _SHIPPED else None))


def load_base(spec: str = "bundled", *, cache: Path | None = None, threads: int = 0) -> Encoder:
    """The encoder itself, its vectors as the model gives them. Parameters and errors as for `load_encoder`."""
    # Each backend takes long to import, so only the chosen one is.
    if spec == "bundled":
        from kb.encode.bundled import load_bundled

        return load_bundled((cache or _cache()) / "models", threads)
    backend, _, model = spec.partition(":")
    if backend == "st" and model:
        from kb.encode.st import load_sentence_transformer

        return load_sentence_transformer(model, threads)
    raise UsageError(f'KB_ENCODER is {spec!r}, but must be "bundled" or "st:" and a model\'s folder or hub id')


def load_likelihood(cache: Path | None = None) -> Callable[[Sequence[str]], Sequence[float]]:
    """`XlmrTokenizer.log_probabilities` of the bundled tokenizer, whichever encoder is in use.

    The tokenizer is read at the first call, in some hundredths of a second; that raises ModelFileError if it must be
    built and its file is missing or altered. No encoder is loaded.
    """
    lazy = _Lazy((cache or _cache()) / "models")
    return lambda texts: lazy.tokenizer.log_probabilities(texts)


class _Lazy:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def tokenizer(self) -> XlmrTokenizer:
        from kb.encode.tokenizer import load_tokenizer

        return load_tokenizer(self._folder)


def projection_path(base: Encoder, cache: Path | None = None) -> Path:
    """Where the projection fitted to an encoder is kept."""
    from kb.encode.bundled import BundledEncoder

    if base.fingerprint == BundledEncoder.fingerprint:
        return _SHIPPED
    return (cache or _cache()) / "projections" / f"{base.fingerprint[:32]}.npz"


def calibration_path(encoder: Encoder, cache: Path | None = None) -> Path:
    """Where the calibration of answers' strength that was fitted with an encoder is kept (`kb.strength`)."""
    from kb.encode.bundled import BundledEncoder

    if isinstance(encoder, NeutralEncoder) and encoder.base.fingerprint == BundledEncoder.fingerprint:
        return _SHIPPED.with_suffix(".strength.json")
    return (cache or _cache()) / "projections" / f"{encoder.fingerprint[:32]}.strength.json"


def _cache() -> Path:
    return platformdirs.user_cache_path("kb", appauthor=False)
