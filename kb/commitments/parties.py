"""Who is meant: names, abbreviations and offices resolved to one entry each, whatever the language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from kb.commitments.lexicons import LANGUAGES, lexicon, load_yaml
from kb.commitments.model import Party, Span
from kb.commitments.morphology import lemmas, nominative
from kb.commitments.russian import noun_phrases_before
from kb.errors import SettingsError
from kb.language import fold

__all__ = ["Parties"]

_SHIPPED: Final = resources.files("kb.commitments") / "lexicon" / "aliases.yaml"
_ARTICLE: Final = re.compile(r"^(?:the|an?|les?|la|los|las|el|l['’]|aux?|al|du|des|del)\s*(?<=[\s'’])", re.IGNORECASE)
_POSSESSIVE: Final = re.compile(r"^(?:its|their|our|son|sa|su)\s+", re.IGNORECASE)
_BRACKET: Final = re.compile(r"\s*\([^()\d]*\)")
_PERSON: Final = re.compile(
    r"\s*(?:[A-ZА-ЯЁ]\.\s?(?:[A-ZА-ЯЁ]\.\s?)?[A-ZА-ЯЁ][\w-]+|[A-ZА-ЯЁ][\w-]+\s+[A-ZА-ЯЁ]\.\s?(?:[A-ZА-ЯЁ]\.)?)$"
)
_WORD: Final = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_SKIPPED: Final = frozenset("the of la le les de des du l d el los las del a its their our".split())

_OFFICES: Final = frozenset({"secretary-general", "director-general", "high commissioner"})  # organs of their own

_DEFINED: Final = re.compile(
    r"\((?:(?:далее|в дальнейшем)(?:\s+по\s+тексту)?(?:\s+именуем\w+)?|hereinafter|hereafter|en adelante"
    r"|ci-après(?:\s+dénommée?)?)"
    r"(?:,?\s+(?:referred\s+to\s+as|called|также))?\s*[–—:,-]?\s*(?:the\s+|le\s+|la\s+|el\s+)?[«“\"'‘]?(?P<short>[^()«»“”\"]{2,60}?)[»”\"'’]?\)"
    r"|\((?P<acronym>[A-ZА-ЯЁ][\w-]*[A-ZА-ЯЁ]{1,}\w*)\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Name:
    key: tuple[frozenset[str], ...]
    entry: str
    name: str  # shown instead of the entry's preferred one where there is no entry


class Parties:
    """The names of bodies, from the shipped alias file and an operator's own."""

    def __init__(
        self, preferred: Mapping[str, Mapping[str, str]], names: Sequence[_Name], said: Mapping[str, str] | None = None
    ) -> None:
        self._preferred = preferred
        self._said = said or {}  # every name of an entry, folded, a line each
        self._names = tuple(names)
        self._index: dict[str, list[_Name]] = {}
        for name in names:
            for word in name.key[0]:
                self._index.setdefault(word, []).append(name)

    @classmethod
    def load(cls, path: Path | None = None) -> Parties:
        """The shipped aliases merged with those of a YAML or TOML file of the same form.

        An entry of the file with a shipped id gives further names, its first ones becoming the preferred. Raises
        SettingsError where the file cannot be read or names no bodies.
        """
        entries: dict[str, dict[str, list[str]]] = {}
        _merge(entries, load_yaml(_SHIPPED.read_text(encoding="utf-8")), "aliases.yaml")
        if path is not None:
            _merge(entries, _read(path), path.name)
        preferred = {entry: {language: names[0] for language, names in said.items()} for entry, said in entries.items()}
        names = [
            _Name(key, entry, "")
            for entry, said in entries.items()
            for language, listed in said.items()
            for name in listed
            if (key := _key(name, language))
        ]
        spoken = {
            entry: "\n".join(fold(name) for listed in said.values() for name in listed)
            for entry, said in entries.items()
        }
        return cls(preferred, names, spoken)

    def meant(self, asked: str) -> set[str]:
        """The entries that somebody who types a name or a part of one may mean; the one of that name alone, if any."""
        for language in ("ru", "en"):
            if match := self._match(_key(asked, language)):
                return {match.entry}
        return {entry for entry, names in self._said.items() if asked.strip() and fold(asked).strip() in names}

    def learnt(self, text: str, language: str) -> Parties:
        """These and the abbreviations that a document's text defines: «Фонд … (далее – Фонд)», "… (UNESCO)"."""
        found: list[_Name] = []
        for match in _DEFINED.finditer(text):
            acronym = match["acronym"]
            if acronym and (sum(letter.isupper() for letter in acronym) < 2 or set(acronym) <= set("IVXLC")):
                continue
            short = (match["short"] or acronym).strip()
            full = _full_name(text, match.start(), language, short, bool(acronym))
            key = _key(short, language)
            if not full or not key:
                continue
            entry = self._match(_key(full, language))
            known = self._match(key)
            if known is not None and (acronym or (known.entry and entry is None)):
                continue
            found.append(_Name(key, entry.entry if entry else "", entry.name if entry else full))
        return Parties(self._preferred, [*found, *self._names], self._said) if found else self

    def party(self, words: Span, case: str, language: str, *, implied: bool = False, adopting: str = "") -> Party:
        """The party that a phrase names; `case` is the Russian case in which it stands.

        An office is shown as its body and told by `role`; with the words of the text where the body has no entry or
        is the one of the entry `adopting`, and where the office is an organ of its own, as a secretary-general's is.
        """
        plain = _BRACKET.sub("", _ARTICLE.sub("", words.text)).strip(" ,;:\n") or words.text
        plain = _POSSESSIVE.sub("", plain) or plain
        match = self._match(_key(plain, language))
        if match is not None and (match.entry or match.name):
            return Party(self._shown(match, language), match.entry, "", words, implied)
        name = re.sub(r"\s+", " ", nominative(plain, case) if language == "ru" else plain)
        role, rest = _role(plain, language)
        if role:
            match = self._match(_key(_PERSON.sub("", rest), language)) if rest else None
            if match is not None and (match.entry or match.name):
                office = not match.entry or match.entry == adopting or role in _OFFICES
                return Party(name if office else self._shown(match, language), match.entry, role, words, implied)
        return Party(name, "", role, words, implied)

    def body(self, name: str, words: Span | None, language: str) -> Party:
        """The adopting body, which the clause does not name."""
        match = self._match(_key(name, language)) if name else None
        if match is not None and match.entry:
            return Party(self._shown(match, language), match.entry, "", words, True)
        return Party(name, "", "", words, True)

    def _shown(self, match: _Name, language: str) -> str:
        if not match.entry:
            return match.name
        said = self._preferred[match.entry]
        return said.get(language) or next(iter(said.values()))

    def _match(self, key: tuple[frozenset[str], ...]) -> _Name | None:
        if not key:
            return None
        for word in key[0]:
            for name in self._index.get(word, ()):
                if len(name.key) == len(key) and all(a & b for a, b in zip(name.key, key, strict=True)):
                    return name
        return None


def _key(name: str, language: str) -> tuple[frozenset[str], ...]:
    words = _WORD.findall(name)
    if language == "ru":
        words = [part for word in words for part in ("Российской", "Федерации") * (word == "РФ") or (word,)]
        return tuple(lemmas(word) for word in words)
    return tuple(frozenset({folded}) for word in words if (folded := fold(word)) not in _SKIPPED)


@cache
def _roles(language: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    roles = lexicon(language).data["roles"] if language in LANGUAGES else {}
    said = ((tuple(fold(word) for word in words.split()), role) for words, role in roles.items())
    return tuple(sorted(said, key=lambda pair: -len(pair[0])))


def _role(words: str, language: str) -> tuple[str, str]:
    """The office that a phrase begins with, and what follows it: «председателю ВКС» is ("chair", "ВКС")."""
    spoken = list(_WORD.finditer(words))
    folded = [fold(match.group()) for match in spoken[:3]]
    for said, role in _roles(language):
        if len(spoken) < len(said):
            continue
        if language == "ru":
            fits = all(word in lemmas(match.group()) for word, match in zip(said, spoken, strict=False))
        else:
            fits = list(said) == folded[: len(said)]
        if fits:
            rest = words[spoken[len(said) - 1].end() :].strip()
            return role, re.sub(r"^(?:of|du|de|del|de la|des)\s+(?:the\s+|la\s+|l['’])?", "", rest)
    return "", ""


def _full_name(text: str, end: int, language: str, short: str, acronym: bool) -> str:
    """The name that a bracket right after it shortens to `short`, "" where none is seen.

    Of nested phrases («содоклад Научно-методической комиссии») the longest is meant that begins as the acronym does,
    or has the head of the short name.
    """
    begin = max((text.rfind(mark, 0, end) for mark in ".;:\n("), default=-1) + 1
    begin = max(begin, end - 300)
    if language == "ru":
        phrases = list(noun_phrases_before(text, begin, end))
        heads = lemmas(_WORD.findall(short)[-1]) | lemmas(_WORD.findall(short)[0])
        for first, last, case, head in phrases:
            if text[first].lower() == short[0].lower() if acronym else head.replace("ё", "е") in heads:
                return re.sub(r"\s+", " ", nominative(text[first:last].strip(), case))
        if not phrases:
            return ""
        first, last, case, _ = phrases[0]
        return re.sub(r"\s+", " ", nominative(text[first:last].strip(), case))
    words = list(_WORD.finditer(text, begin, end))
    if acronym:
        return _by_initials(text, words, short, end)
    start = end
    for word in reversed(words):
        small = word.group().islower()
        if small and word.group() not in (
            "of",
            "the",
            "and",
            "for",
            "on",
            "in",
            "to",
            "de",
            "la",
            "des",
            "du",
            "y",
            "et",
            "los",
        ):
            break
        if not small:
            start = word.start()
    return _ARTICLE.sub("", text[start:end].strip(' ,\n“”"«»'))


def _by_initials(text: str, words: Sequence[re.Match[str]], acronym: str, end: int) -> str:
    letters = [letter.lower() for letter in acronym.rstrip("s") if letter.isupper()]
    at = len(letters) - 1
    for word in reversed(words):
        first = word.group()[0].lower()
        if at >= 0 and first == letters[at]:
            at -= 1
        elif word.group().islower() and len(word.group()) <= 4:
            continue
        elif not word.group()[0].isupper():
            return ""
        if at < 0:
            return text[word.start() : end].strip()
    return ""


def _merge(entries: dict[str, dict[str, list[str]]], data: Any, source: str) -> None:
    for entry, language, names in _rows(data, source):
        known = entries.setdefault(entry, {}).get(language, [])
        entries[entry][language] = [*names, *(name for name in known if name not in names)]


def _rows(data: Any, source: str) -> Iterator[tuple[str, str, list[str]]]:
    wrong = SettingsError(
        f"{source}: aliases are entries of id → language → list of names, e.g. entries: {{vks: {{en: [Council]}}}}"
    )
    if not isinstance(data, Mapping) or not isinstance(data.get("entries"), Mapping):
        raise wrong
    for entry, said in data["entries"].items():
        if not isinstance(said, Mapping):
            raise wrong
        for language, names in said.items():
            if (
                not isinstance(names, list)
                or not names
                or not all(isinstance(name, str) and name.strip() for name in names)
            ):
                raise SettingsError(f"{source}: entry {entry}, language {language}: give a list of names")
            yield str(entry), str(language), [str(name) for name in names]


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text) if path.suffix == ".toml" else load_yaml(text)
    except OSError as error:
        raise SettingsError(
            f"{path.name}: cannot be read ({error.strerror}); give the path of an alias file"
        ) from error
    except ValueError as error:  # TOML and UTF-8
        raise SettingsError(f"{path.name}: is no valid file of aliases: {str(error).splitlines()[0]}") from error
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise SettingsError(f"{path.name}: is no valid YAML: {str(error).splitlines()[0]}") from error
        raise
