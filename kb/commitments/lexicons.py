"""The lexicons of verbs, formulas and times, as the shipped YAML files hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import Any, Final, cast

from kb.commitments.model import Strength

__all__ = ["LANGUAGES", "Entry", "Lexicon", "digest", "lexicon", "load_yaml"]

LANGUAGES: Final = ("ru", "en", "fr", "es")
_FOLDER: Final = resources.files("kb.commitments") / "lexicon"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a verb says: its strength, and whether others act (directive), the body itself (own) or nobody (stance)."""

    verb: str
    strength: Strength
    kind: str
    source: str  # "ru.yaml: поручить"
    case: str = ""
    prep: str = ""
    words: tuple[str, ...] = ()  # `with` in Russian, `say` elsewhere
    forms: tuple[str, ...] = ()
    act: bool = False  # the verb is itself the act, not only an announcement of one
    finite: bool = False  # not for an infinitive
    bare: bool = False  # no performer can follow: "calls for"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's lexicon. `data` are the lists that are used as they stand."""

    language: str
    version: int
    entries: tuple[Entry, ...]
    data: Mapping[str, Any]

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words; () where the language has none."""
        return tuple(str(word) for word in self.data.get(name, ()))


def load_yaml(text: str) -> Any:
    """The value that a YAML text holds, plain data only."""
    yaml = import_module("yaml")  # it ships no types
    return yaml.safe_load(text)


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of one of `LANGUAGES`."""
    name = f"{language}.yaml"
    data = load_yaml((_FOLDER / name).read_text(encoding="utf-8"))
    entries = tuple(
        Entry(
            verb=row["verb"],
            strength=cast(Strength, row["strength"]),
            kind=row["kind"],
            source=f"{name}: {' '.join([row['verb'], *_first(row)])}",
            case=row.get("case", ""),
            prep=row.get("prep", ""),
            words=tuple(row.get("with", ()) if language == "ru" else row.get("say", ())),
            forms=tuple(row.get("forms", ())),
            act=bool(row.get("act")),
            finite=row.get("only") == "finite",
            bare=bool(row.get("bare")),
        )
        for row in data["entries"]
    )
    return Lexicon(language, int(data["version"]), entries, data)


def _first(row: Mapping[str, Any]) -> list[str]:
    said = row.get("with") or row.get("say") or []
    return [said[0]] if isinstance(said, list) and said else []


def digest() -> str:
    """SHA-256 over all shipped YAML files, the first 12 hexadecimal digits."""
    total = hashlib.sha256()
    for name in (*(f"{language}.yaml" for language in LANGUAGES), "aliases.yaml"):
        total.update((_FOLDER / name).read_bytes())
    return total.hexdigest()[:12]
