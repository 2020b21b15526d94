"""Commitments as tables for other programs: CSV and XLSX.

A cell holds a document's words and never a formula, whatever they begin with.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from kb.commitments import Party
from kb.register import Entry

__all__ = ["COLUMNS", "to_csv", "to_xlsx"]

COLUMNS: Final = (
    "id",
    "strength",
    "performer",
    "performer_implied",
    "verb",
    "object",
    "addressee",
    "deadline",
    "due_from",
    "due_to",
    "recurrence",
    "recurring",
    "status",
    "remark",
    "noted_on_other_words",
    "evidence",
    "citation",
    "title",
    "body",
    "date",
    "language",
    "url",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
_DAYS: Final = frozenset({"due_from", "due_to", "date"})
_MOST: Final = 32_767  # characters of a cell of XLSX
_WIDE: Final = {"object": 50, "evidence": 70, "citation": 40, "title": 40, "performer": 30, "addressee": 30}


def to_csv(entries: Iterable[Entry], base: str = "") -> bytes:
    """A table in UTF-8 with a byte order mark, by which spreadsheets know it; `base`: put before addresses.

    What would be read as a formula has an apostrophe before it.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        values = _row(entry, base).values()
        writer.writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return stream.getvalue().encode("utf-8-sig")


def to_xlsx(entries: Iterable[Entry], base: str = "") -> bytes:
    """A workbook of one sheet; every cell is text, but for whole days, which sort and filter as such."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet("commitments")
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bottom": 1})
        for column, name in enumerate(COLUMNS):
            sheet.set_column(column, column, _WIDE.get(name, 16), wrapped)
            sheet.write_string(0, column, name, head)
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        rows = 0
        for rows, entry in enumerate(entries, 1):
            for column, (name, value) in enumerate(_row(entry, base).items()):
                if name in _DAYS and len(value) == len("2022-11-02") and value >= "1900-01-01":
                    sheet.write_datetime(rows, column, datetime.fromisoformat(value), day)
                else:
                    sheet.write_string(rows, column, value[:_MOST])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, len(COLUMNS) - 1)
    return stream.getvalue()


def _row(entry: Entry, base: str) -> Mapping[str, str]:
    document, note = entry.document, entry.note
    values = {
        "id": entry.id,
        "strength": entry.strength,
        "performer": _names(entry.performers),
        "performer_implied": "yes" if entry.performers and all(p.implied for p in entry.performers) else "",
        "verb": entry.verb,
        "object": _line(entry.object.text) if entry.object else "",
        "addressee": _names(entry.addressees),
        "deadline": _line(entry.deadline.text) if entry.deadline else "",
        "due_from": entry.due_from,
        "due_to": entry.due_to,
        "recurrence": _line(entry.recurrence.text) if entry.recurrence else "",
        "recurring": entry.recurring,
        "status": entry.status,
        "remark": note.remark if note else "",
        "noted_on_other_words": "yes" if entry.changed else "",
        "evidence": _line(entry.evidence.text),
        "citation": entry.citation,
        "title": document.title,
        "body": document.body,
        "date": document.date,
        "language": document.language,
        "url": f"{base}{entry.url}",
    }
    return {name: values[name] for name in COLUMNS}


def _names(parties: Iterable[Party]) -> str:
    return "; ".join(f"{party.name} ({party.role})" if party.role and party.entry else party.name for party in parties)


def _line(text: str) -> str:
    return " ".join(text.split())
