"""A document as reference managers take it: BibTeX, RIS, CSL-JSON, plain text, each with the place cited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kb.cite import citation, name_of
from kb.model import Document

__all__ = ["FORMS", "Reference", "to_bibtex", "to_csl", "to_ris", "to_schema_org", "to_text"]

_TYPES: Final = {
    "law": ("legislation", "STAT"),
    "resolution": ("legislation", "LEGAL"),
}  # CSL 1.0.2, RIS; else a report
# BibTeX counts braces even behind a backslash.
_BIBTEX: Final = str.maketrans(
    {char: f"\\{char}" for char in "&%$#_"}
    | {"{": "\\textbraceleft ", "}": "\\textbraceright ", "\\": "\\textbackslash "}
    | {"~": "\\textasciitilde ", "^": "\\textasciicircum ", "\n": " ", "\r": " "}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What is cited. `place`: the locator in the reader's words, "" for the whole document; `page` from 1; `url`: where
    a reader opens it."""

    document: Document
    place: str
    page: int | None
    url: str
    reader: str

    @property
    def key(self) -> str:
        """The document's id in letters, digits and hyphens."""
        return re.sub(r"[^A-Za-z0-9]+", "-", self.document.id).strip("-") or "document"


def to_text(reference: Reference) -> str:
    """One line for a footnote."""
    said = citation(reference.document, reference.place, reference.page, reference.reader)
    return f"{said}. {reference.url}\n"


def to_bibtex(reference: Reference) -> str:
    """A BibTeX entry in UTF-8."""
    document = reference.document
    year, month, day = _date(document.date)
    fields = {
        "title": f"{{{name_of(document).translate(_BIBTEX)}}}",  # its own braces keep its capitals
        "author": f"{{{document.body.translate(_BIBTEX)}}}" if document.body else "",
        "year": year,
        "month": month.lstrip("0"),
        "day": day.lstrip("0"),
        "address": document.place.translate(_BIBTEX),
        "language": document.language,
        "pages": str(reference.page or ""),
        "note": reference.place.translate(_BIBTEX),
        "url": reference.url,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{reference.key},\n{lines}}}\n"


def to_ris(reference: Reference) -> str:
    """An RIS record, lines ended by CR LF as the format has them."""
    document = reference.document
    year, month, day = _date(document.date)
    fields = (
        ("TY", _TYPES.get(document.kind, ("", "RPRT"))[1]),
        ("TI", name_of(document)),
        ("AU", document.body),
        ("PY", year),
        ("DA", "/".join((year, month, day, "")) if year else ""),
        ("CY", document.place),
        ("LA", document.language),
        ("SP", str(reference.page or "")),
        ("N1", reference.place),
        ("UR", reference.url),
        ("ID", reference.key),
    )
    body = "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in fields if value)
    return f"{body}ER  - \r\n"


def to_csl(reference: Reference) -> str:
    """A CSL-JSON array of one item; the place is its `locator` note, since an item has none of its own."""
    document = reference.document
    parts = [int(part) for part in _date(document.date) if part]
    item: dict[str, Any] = {
        "id": reference.key,
        "type": _TYPES.get(document.kind, ("report", ""))[0],
        "title": name_of(document),
        "author": [{"literal": document.body}] if document.body else None,
        "issued": {"date-parts": [parts]} if parts else None,
        "publisher-place": document.place,
        "language": document.language,
        "page": str(reference.page) if reference.page else None,
        "note": reference.place,
        "URL": reference.url,
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=1) + "\n"


def to_schema_org(document: Document, address: str) -> str:
    """schema.org's description of a document as JSON-LD that may stand inside a script element."""
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Legislation" if document.kind in _TYPES else "Report",
        "name": name_of(document),
        "inLanguage": document.language,
        "datePublished": document.date,
        "author": {"@type": "Organization", "name": document.body} if document.body else "",
        "locationCreated": {"@type": "Place", "name": document.place} if document.place else "",
        "license": document.licence,
        "isBasedOn": document.source,
        "url": address,
    }
    text = json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


FORMS: Final[Mapping[str, tuple[str, Callable[[Reference], str]]]] = {
    "txt": ("text/plain; charset=utf-8", to_text),
    "bib": ("application/x-bibtex; charset=utf-8", to_bibtex),
    "ris": ("application/x-research-info-systems; charset=utf-8", to_ris),
    "json": ("application/vnd.citationstyles.csl+json; charset=utf-8", to_csl),
}


def _date(date: str) -> tuple[str, str, str]:
    year, month, day = (*date.split("-"), "", "")[:3] if date else ("", "", "")
    return year, month, day
