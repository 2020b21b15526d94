"""Everything that kb refuses, as one tree.

KBError                    exit 1
├── UsageError             exit 2   an argument, a filter or a query that cannot be used
│   └── SettingsError               a settings file or a KB_* variable
├── NoIndex                exit 10  nothing has been built in this folder yet
├── IndexLocked            exit 11  another build is writing
├── BuildFailed                     a new generation could not be written; the last one stays
├── IndexDamaged                    a file of the index is not what its manifest says
├── EncoderMismatch                 index and encoder do not belong together
├── ModelFileError                  a file of a model is missing or altered
├── CatalogError                    corpus/catalog.toml, naming the field
├── SuiteError                      a suite that cannot be evaluated, naming file, line and field
├── NotesError                      the store of notes on commitments cannot be read or written
├── NotFetched                      an address that is not fetched, or whose server gave no document
├── UnreadableFile                  a document that yields no text, with the reason
└── NotFound                        no document, passage or commitment of that id
"""

from __future__ import annotations

from typing import ClassVar, Literal

__all__ = [
    "BuildFailed",
    "CatalogError",
    "EncoderMismatch",
    "IndexDamaged",
    "IndexLocked",
    "KBError",
    "ModelFileError",
    "NoIndex",
    "NotFetched",
    "NotFound",
    "NotesError",
    "Reason",
    "SettingsError",
    "SuiteError",
    "UnreadableFile",
    "UsageError",
]

Reason = Literal[
    "unsupported", "empty", "no-text", "encrypted", "damaged", "too-large", "too-slow", "crashed", "unavailable"
]


class KBError(Exception):
    """Something kb refuses. `str(error)` is one line for the user: what, where, and the way out."""

    exit_code: ClassVar[int] = 1


class UsageError(KBError):
    """An argument, filter or query that cannot be used as given."""

    exit_code = 2


class SettingsError(UsageError):
    """A settings file or KB_* variable that is unknown or has an unusable value."""


class NoIndex(KBError):
    """The index folder holds no generation."""

    exit_code = 10


class IndexLocked(KBError):
    """Another process holds the writer's lock."""

    exit_code = 11


class BuildFailed(KBError):
    """A new generation could not be written; the index is as it was."""


class IndexDamaged(KBError):
    """A file of a generation is missing or differs from its manifest."""


class EncoderMismatch(KBError):
    """The index was built by another encoder than the one asked to search it."""


class ModelFileError(KBError):
    """A model's file is missing or its digest is not the pinned one."""


class CatalogError(KBError):
    """corpus/catalog.toml has an unknown field, a wrong value or names no file."""


class SuiteError(KBError):
    """A suite of questions is malformed or its data is not there; names file, line and field."""


class UnreadableFile(KBError):
    """A file that gives no document.

    `reason` is one of a closed set, so that outcomes can be counted; the message says more.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


class NotFetched(KBError):
    """An address that is not fetched for its form or where it leads, or whose server gave no document."""


class NotFound(KBError):
    """No document, provision, passage or commitment has that id."""


class NotesError(KBError):
    """The store of notes on commitments cannot be read or written."""
