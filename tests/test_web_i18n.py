"""The interface's languages: complete catalogues, right plurals, the choice among them."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web.i18n import LOCALE_FOLDER, choose, load_interfaces, show_date

Message = str | tuple[str, ...]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
CODES = sorted(folder.name for folder in LOCALE_FOLDER.iterdir())


def catalog(code: str) -> Catalog:
    with (LOCALE_FOLDER / code / "LC_MESSAGES" / "kb.po").open("rb") as stream:
        return read_po(stream, locale=code)


@pytest.fixture(scope="module")
def used() -> set[Message]:
    """Every message that the templates and modules of the interface use."""
    found = extract_from_dir(LOCALE_FOLDER.parent, METHODS, {"templates/**.html": {"silent": "false"}})
    return {message if isinstance(message, str) else tuple(message[:2]) for _, _, message, *_ in found}


def test_the_languages_are_there() -> None:
    assert set(CODES) == {"de", "en", "es", "et", "fr", "he", "kk", "lt", "lv", "ru", "uk"}


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_every_message_and_no_other(code: str, used: set[Message]) -> None:
    assert len(used) > 90
    known = {message.id for message in catalog(code) if message.id}
    assert {str(m) for m in used - known} == set(), "not translated"
    assert {str(m) for m in known - used} == set(), "not used any more"


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_translated_with_its_placeholders(code: str) -> None:
    messages = catalog(code)
    for message in messages:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), (code, message.id)
        assert not message.fuzzy
        assert len(forms) == (messages.num_plurals if message.pluralizable else 1), (code, message.id)
        assert [*message.check(messages)] == []


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [
        ("ru", 1, "1 документ"),
        ("ru", 2, "2 документа"),
        ("ru", 5, "5 документов"),
        ("ru", 11, "11 документов"),
        ("ru", 21, "21 документ"),
        ("ru", 112, "112 документов"),
        ("en", 1, "1 document"),
        ("en", 2, "2 documents"),
        ("de", 2, "2 Dokumente"),
        ("fr", 0, "0 document"),
        ("lv", 21, "21 dokuments"),
        ("lv", 0, "0 dokumentu"),
        ("lt", 2, "2 dokumentai"),
        ("lt", 12, "12 dokumentų"),
        ("uk", 3, "3 документи"),
        ("uk", 25, "25 документів"),
    ],
)
def test_plural_forms(code: str, count: int, words: str) -> None:
    template = load_interfaces()[code].templates.from_string(
        '{{ ngettext("%(count)s document", "%(count)s documents", count, count=number(count)) }}'
    )
    assert template.render(count=count) == words


@pytest.mark.parametrize(
    ("asked", "header", "code"),
    [
        ("ru", "en", "ru"),
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "en;q=0.3, ru;q=0.7", "ru"),
        ("", "fi, ru;q=0.5, en;q=0.4", "ru"),
        ("", "kk, ru;q=0.5, en;q=0.4", "kk"),
        ("", "ru;q=0, fi", "en"),
        ("xx", "", "en"),
        ("", "*;q=zzz, ;;;, ru;q=", "ru"),
        ("../../etc", "\x00", "en"),
    ],
)
def test_choice_of_language(asked: str, header: str, code: str) -> None:
    assert choose(asked, header, load_interfaces()) == code


@pytest.mark.parametrize(
    ("first", "last", "code", "words"),
    [
        ("2022-11-01", "2022-11-02", "ru", "1–2 ноября 2022 г."),
        ("2022-11-01", "2022-11-02", "en", "1–2 November 2022"),
        ("2022-10-31", "2022-11-02", "en", "31 October – 2 November 2022"),
        ("2022-11-02", "", "ru", "2 ноября 2022 г."),
        ("2026-11", "", "ru", "ноябрь 2026 г."),
        ("2026", "", "en", "2026"),
        ("2022-11-01", "2022-11-02", "de", "1.–2. November 2022"),
        ("2022-11-01", "2022-11-02", "kk", "2022 ж. 1–2 қараша"),
        ("2022-11-01", "", "fr", "1er novembre 2022"),
        ("2022-11-02", "", "he", "2 בנובמבר 2022"),
        ("2022-13-45", "", "en", "2022-13-45"),
        ("<b>", "", "en", "<b>"),
    ],
)
def test_dates(first: str, last: str, code: str, words: str) -> None:
    assert show_date(first, last, code).replace("\u202f", " ").replace("\xa0", " ") == words
