"""Marked text: what is quoted stays what it was, character for character."""

from __future__ import annotations

import random
import re
import unicodedata
from html import unescape
from types import SimpleNamespace

import pytest

from web.i18n import load_interfaces
from web.text import Segment, direction, link_segments, mark_segments, runs, source_place

HOSTILE = (
    "<script>alert(1)</script> & &amp; &lt;b&gt; \"quotes\" 'single' </mark></bdi><img src=x onerror=alert(2)>",
    "й и й, é é, q̃̂̃̂, क्षि, ก็, नमस्ते",
    "עברית (עם ניקוד: שָׁלוֹם) и кириллица, \u202eoverride\u202c \u2066isolate\u2069",
    "👩‍👩‍👧‍👦 семья, 🏳️‍🌈 flag, 👍🏽 thumb",
    "a" + "\u0301" * 200 + "b",
    "line one\nline two | cell\n\n{{ 7*7 }} {% raw %} ${x} %(count)s",
)


@pytest.mark.parametrize("quote", HOSTILE)
def test_marking_never_changes_the_quote(quote: str) -> None:
    draw = random.Random(quote)
    for _ in range(200):
        spans = [(draw.randint(-5, len(quote) + 5), draw.randint(-5, len(quote) + 5)) for _ in range(6)]
        segments = mark_segments(quote, spans[0], spans[1:])
        assert "".join(segment.text for segment in segments) == quote
        assert all(segment.text for segment in segments)
        assert "".join(segment.text for segment in link_segments(segments)) == quote


@pytest.mark.parametrize("quote", HOSTILE)
def test_no_mark_parts_a_letter_from_its_accents(quote: str) -> None:
    for edge in range(len(quote) + 1):
        for segment in mark_segments(quote, (edge, len(quote)), [(0, edge)])[1:]:
            assert not unicodedata.category(segment.text[0]).startswith("M"), (edge, segment)


def test_segments_carry_the_marks_they_were_given() -> None:
    assert mark_segments("One two. Three four.", (9, 20), [(4, 7), (15, 19), (16, 18)]) == [
        Segment("One "),
        Segment("two", word=True),
        Segment(". "),
        Segment("Three ", sentence=True),
        Segment("four", sentence=True, word=True),
        Segment(".", sentence=True),
    ]


def test_marks_that_are_empty_or_outside_mark_nothing() -> None:
    assert mark_segments("abc", (2, 2), [(5, 9), (-4, 0), (2, 1)]) == [Segment("abc")]
    assert mark_segments("", None, []) == []


def test_runs_join_the_segments_of_one_sentence() -> None:
    segments = mark_segments("ab cd ef", (3, 8), [(6, 8)])
    assert [(inside, len(group)) for inside, group in runs(segments)] == [(False, 1), (True, 2)]


@pytest.mark.parametrize("quote", HOSTILE)
def test_a_rendered_quotation_without_its_tags_is_the_quote(quote: str) -> None:
    parts = load_interfaces()["en"].templates.from_string(
        '{% from "parts.html" import quotation with context %}{{ quotation(hit, true) }}'
    )
    hit = SimpleNamespace(
        quote=quote, language="he", strength="strong", sentence=(0, len(quote) - 1), marks=((1, 2), (5, 12))
    )
    html = parts.render(hit=hit)
    before, _, rest = html.partition('<bdi lang="he" dir="rtl">')
    inner, _, after = rest.partition("</bdi>")
    assert (before, after) == ('<blockquote class="quote">', "</blockquote>")
    assert unescape(re.sub(r'<mark class="sentence">|</mark>|</?u>', "", inner)) == quote
    assert inner.count('<mark class="sentence">') == 1


def test_only_web_addresses_become_links() -> None:
    text = (
        "see https://example.org/a?b=1&c=2, (http://пример.рф/путь) or javascript:alert(1), "
        "data:text/html,x, ftp://h/x, mailto:a@b, //evil.example/x, pravanashih.com, https://"
    )
    links = [segment for segment in link_segments([Segment(text)]) if segment.href]
    assert [link.href for link in links] == ["https://example.org/a?b=1&c=2", "http://пример.рф/путь"]
    assert all(link.href == link.text for link in links)


def test_links_keep_the_marks_around_them() -> None:
    linked = link_segments(mark_segments("Go to https://a.example now", (0, 12), []))
    assert [(segment.text, segment.sentence, segment.href) for segment in linked] == [
        ("Go to ", True, ""),
        ("https:", True, "https://a.example"),
        ("//a.example", False, "https://a.example"),
        (" now", False, ""),
    ]
    whole = link_segments(mark_segments("Go to https://a.example now", (0, 27), []))
    assert whole[1] == Segment("https://a.example", sentence=True, href="https://a.example")


def test_direction_of_text() -> None:
    assert [direction(tag) for tag in ("ru", "he", "ar", "fa", "ug", "kk", "", "xx-nonsense")] == [
        "ltr",
        "rtl",
        "rtl",
        "rtl",
        "rtl",
        "ltr",
        "auto",
        "auto",
    ]


LAW = """Закон
1. Ask at once, or b-c & d.
word word
name | one two three four five six seven eight nine ten eleven | x
the same words
the same words"""


@pytest.mark.parametrize(
    ("source", "words", "address"),
    [
        (
            "https://e.org/law",
            "Ask at once, or b-c & d.",
            "https://e.org/law#:~:text=Ask%20at%20once%2C%20or%20b%2Dc%20%26%20d.",
        ),
        ("https://e.org/law#s2", "1. Ask at once, or", "https://e.org/law#s2:~:text=Ask%20at%20once%2C%20or"),
        (
            "https://e.org/",
            LAW,
            "https://e.org/#:~:text=one%20two%20three%20four%20five,seven%20eight%20nine%20ten%20eleven",
        ),
        ("https://e.org/#:~:text=law", "1. Ask at once", "https://e.org/#:~:text=Ask%20at%20once"),
        ("https://e.org/", "word word", "https://e.org/"),
        ("https://e.org/", "the same words", "https://e.org/"),
        ("https://e.org/", "", "https://e.org/"),
        ("https://e.org/law, accessed 3 May 2023", "Ask at once", ""),
        ("javascript:alert(1)", "Ask at once", ""),
        ("Official Journal, 1999", "Ask at once", ""),
        ("", "Ask at once", ""),
    ],
)
def test_words_have_an_address_on_the_page_that_is_their_source(source: str, words: str, address: str) -> None:
    span = (LAW.index(words), LAW.index(words) + len(words))
    assert source_place(source, "text/html", LAW, span) == address
    assert source_place(source, "application/pdf", LAW, span) == "", "only web pages have such places"
