"""The interface in the reader's language: catalogues, the choice among them, dates and names of languages.

Catalogues are the committed .po files, compiled in memory when the application starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kb.cite import days_in_words
from kb.model import LOW_TRUST
from web.text import direction, link_segments, mark_segments, runs

__all__ = ["DEFAULT", "LOCALE_FOLDER", "Interface", "choose", "load_interfaces", "show_date", "time_words"]

DEFAULT = "en"
LOCALE_FOLDER = Path(__file__).parent / "locale"
TEMPLATE_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Interface:
    """One language of the interface: its code, its own name, its direction, and templates bound to its catalogue."""

    code: str
    name: str
    direction: str
    templates: Environment
    gettext: Callable[[str], str]


def load_interfaces() -> Mapping[str, Interface]:
    """Every language that has a catalogue, by code."""
    return {
        file.parts[-3]: _interface(file.parts[-3], file) for file in sorted(LOCALE_FOLDER.glob("*/LC_MESSAGES/kb.po"))
    }


def choose(asked: str, accept_language: str, available: Mapping[str, Interface]) -> str:
    """The interface language: what the address asks for, else the best of Accept-Language, else English."""
    if asked in available:
        return asked
    for tag in _by_weight(accept_language):
        primary = tag.split("-")[0].lower()
        if primary in available:
            return primary
    return DEFAULT


@lru_cache(maxsize=4096)
def show_date(first: str, last: str, code: str) -> str:
    """An ISO date, month, year or span of days in the words of a language; as given where it is no such date."""
    return days_in_words(first, last, code)


def time_words(days: int, code: str, *, ahead: bool = False) -> str:
    """So many days, not none, as years, months or days in the words of a language: "3 years"; `ahead`: "in 3 years"."""
    # Weeks are passed over: they say less than a number of days, and not all of our phrases fit their gender.
    threshold = 1 if abs(days) >= 30 else 5
    words = format_timedelta(timedelta(days), "day", threshold, ahead, locale=code)
    return " ".join(words.split())


def _days_left(due: str) -> int | None:
    """Days from today, UTC, to an ISO date; None where it is not a day that the calendar has."""
    try:
        return (date.fromisoformat(due) - datetime.now(UTC).date()).days if len(due) == 10 else None
    except ValueError:
        return None


def _interface(code: str, file: Path) -> Interface:
    with file.open("rb") as stream:
        catalog = read_po(stream, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    locale = Locale.parse(code)

    @lru_cache(maxsize=256)
    def language_name(tag: str) -> str:
        try:
            return Locale.parse(tag, sep="-").get_language_name(code) or tag
        except (UnknownLocaleError, ValueError):
            return tag

    templates = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translations = Translations(compiled)
    templates.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    templates.globals.update(
        day=lambda first, last="": show_date(first, last, code),
        days_left=_days_left,
        direction=direction,
        language_name=language_name,
        link_segments=link_segments,
        mark_segments=mark_segments,
        number=lambda value: format_decimal(value, locale=code),
        percent=lambda value: format_percent(value, locale=code),
        low_trust=LOW_TRUST,
        runs=runs,
        time_words=lambda days, ahead=False: time_words(days, code, ahead=ahead),
    )
    return Interface(
        code, (locale.get_display_name(code) or code).capitalize(), direction(code), templates, translations.gettext
    )


def _by_weight(accept_language: str) -> list[str]:
    """Language tags of an Accept-Language header, the most wanted first; those with q=0 left out."""
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:32]:
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            weighted.append((weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]
