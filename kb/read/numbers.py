"""Numbers of list items as documents show them."""

from __future__ import annotations

__all__ = ["format_number"]

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщэюя"  # Word leaves out ё, й, ъ, ы, ь


def format_number(number: int, kind: str) -> str:
    """`number` in the numbering `kind` of WordprocessingML (decimal, lowerRoman, russianLower …); decimal if unknown.

    Letters run a…z, then aa, bb … as Word shows them.
    """
    if kind == "none":
        return ""
    if kind == "decimalZero":
        return f"{number:02d}"
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        return _cased(_roman(number), kind)
    if kind in ("lowerLetter", "upperLetter") and 0 < number <= 26 * 20:
        return _cased(_letters(number, _LATIN), kind)
    if kind in ("russianLower", "russianUpper") and 0 < number <= len(_RUSSIAN) * 20:
        return _cased(_letters(number, _RUSSIAN), kind)
    return str(number)


def _cased(text: str, kind: str) -> str:
    return text.upper() if kind.startswith("upper") or kind.endswith("Upper") else text


def _letters(number: int, alphabet: str) -> str:
    return alphabet[(number - 1) % len(alphabet)] * ((number - 1) // len(alphabet) + 1)


def _roman(number: int) -> str:
    digits = ""
    for value, letters in _ROMAN:
        digits += letters * (number // value)
        number %= value
    return digits
