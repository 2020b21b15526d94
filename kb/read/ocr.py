"""Pictures of pages to lines of text by tesseract, called as a process; which languages it is asked for."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import signal
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kb.errors import UnreadableFile
from kb.language import identify

__all__ = [
    "LANGUAGE_NAMES",
    "OCR_DPI",
    "OCR_PIXELS",
    "OCR_VERSION",
    "OcrLine",
    "RecognisedPage",
    "installed_languages",
    "ocr_fingerprint",
    "ocr_missing",
    "recognise",
]

OCR_VERSION = "1"  # raised whenever what is made of the same picture changes: it is part of cache keys
OCR_DPI = 300
OCR_PIXELS = 20_000_000  # an A3 page at OCR_DPI; larger pages are rendered coarser

_TESSERACT = "tesseract"
_PACKAGES = "install the Debian packages tesseract-ocr and tesseract-ocr-rus"
_GOOD = 0.9  # mean confidence of words from which no other candidate is tried
_SPECK = 0.3  # confidence below which a word without a letter or digit is taken for a speck
_NOISE = 0.1  # … and a word of one or two letters; a line whose words are below it on average
_SURE = 0.9  # certainty of the language of recognised text from which another language's letters are asked for
_SAMPLE = 200  # … and characters of it
_TURNED = 2.0  # confidence of tesseract's orientation from which the page is turned
_SCRIPT_SURE = 3.0  # … of its script from which others are not tried
_ASKEW = 0.02  # slope of the lines, a little over one degree, from which the picture is set straight
_NEIGHBOURS = 3.0  # heights of a line within which the lines above and below it are looked for
_SAME_TYPE = 0.13  # share by which measured heights of one type differ

# tesseract's names of languages (ISO 639-3, and its own) by BCP 47 subtag, the likeliest first.
LANGUAGE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        pair.split("=")[0]: tuple(pair.split("=")[1].split(","))
        for pair in (
            "ru=rus uk=ukr be=bel bg=bul sr=srp mk=mkd kk=kaz ky=kir tg=tgk tt=tat uz=uzb,uzb_cyrl mn=mon en=eng de=deu"
            " fr=fra es=spa it=ita pt=por pl=pol cs=ces sk=slk sl=slv hr=hrv ro=ron hu=hun lv=lav lt=lit et=est fi=fin"
            " sv=swe no=nor nb=nor da=dan nl=nld tr=tur az=aze ka=kat hy=hye el=ell he=heb yi=yid ar=ara fa=fas ur=urd"
            " zh=chi_sim,chi_tra ja=jpn ko=kor hi=hin bn=ben th=tha vi=vie id=ind"
        ).split()
    }
)
# … by the script that tesseract's orientation and script detection names.
_SCRIPTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Cyrillic": ("rus", "ukr", "bel", "bul", "srp", "kaz"),
        "Latin": ("eng", "deu", "fra", "spa", "pol"),
        "Arabic": ("ara", "fas"),
        "Armenian": ("hye",),
        "Bengali": ("ben",),
        "Devanagari": ("hin",),
        "Georgian": ("kat",),
        "Greek": ("ell",),
        "Han": ("chi_sim", "chi_tra"),
        "Hangul": ("kor",),
        "Hebrew": ("heb",),
        "Japanese": ("jpn",),
        "Korean": ("kor",),
        "Thai": ("tha",),
    }
)
_LATIN_NAMES = frozenset(
    "eng deu fra spa ita por pol ces slk slv hrv ron hun lav lit est fin swe nor dan nld tur aze uzb vie ind".split()
)


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A recognised line; positions in points from the page's lower left, as the page is read.

    `size`: height of the type; `confidence`: mean of its words', 0 to 1; `words`: how many.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float
    confidence: float
    words: int


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The lines recognised on a page in reading order; none, with the `problem`, where it could not be done.

    `height` of the page in points as it is read; `languages` in tesseract's names. With lines, a problem is a note.
    """

    lines: tuple[OcrLine, ...] = ()
    height: float = 1.0
    languages: str = ""
    problem: str = ""

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0 to 1; 0 without any."""
        words = sum(line.words for line in self.lines)
        return sum(line.confidence * line.words for line in self.lines) / words if words else 0.0


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    left: float
    right: float
    confidence: float


def ocr_fingerprint() -> str:
    """What decides how pages are recognised: version of this module and of tesseract, languages; "" without it.

    Cached in the process: cheap after the first call.
    """
    path = shutil.which(_TESSERACT)
    version, languages = installed_languages(path) if path else ("", frozenset())
    if not languages - {"osd"}:
        return ""
    named = "\n".join([OCR_VERSION, version, *sorted(languages)])
    return hashlib.sha256(named.encode("utf-8")).hexdigest()[:16]


def ocr_missing() -> str:
    """Why no page can be recognised here and the way out; "" where it can."""
    path = shutil.which(_TESSERACT)
    if not path:
        return f"tesseract, which recognises characters in pictures, is not installed: {_PACKAGES}"
    if not installed_languages(path)[1] - {"osd"}:
        return f"tesseract has no language to read: {_PACKAGES}"
    return ""


@lru_cache(maxsize=4)
def installed_languages(path: str) -> tuple[str, frozenset[str]]:
    """Version and languages of the tesseract at `path`; no languages where it does not run."""
    answers = []
    for argument in ("--version", "--list-langs"):
        try:
            done = subprocess.run(  # noqa: S603 - a program of the system, no shell
                [path, argument], capture_output=True, stdin=subprocess.DEVNULL, check=True, timeout=30
            )
        except (OSError, subprocess.SubprocessError):
            return "", frozenset()
        answers.append((done.stdout or done.stderr).decode("utf-8", "replace").splitlines())
    version, languages = answers
    return version[0] if version else "", frozenset(line.strip() for line in languages[1:] if line.strip())


def recognise(image: NDArray[np.uint8], scale: float, language: str = "") -> RecognisedPage:
    """The text in a grey picture of a page: rows × columns, 0 black to 255 white, `scale` pixels a point.

    `language` (BCP 47) is the document's where it is known; else script and language are told from the picture. Of
    several ways to read it the one of which tesseract is surest is taken. Raises UnreadableFile("damaged") where
    tesseract fails.
    """
    problem = ocr_missing()
    if problem:
        return RecognisedPage(problem=problem)
    if int(image.max(initial=0)) - int(image.min(initial=255)) < 32:
        return RecognisedPage()  # one colour: an empty page
    executable = shutil.which(_TESSERACT) or _TESSERACT
    installed = installed_languages(executable)[1]
    turns, script = _orientation(executable, image) if "osd" in installed else (0, "")
    image = np.ascontiguousarray(np.rot90(image, -turns)) if turns else image
    best = RecognisedPage()
    slope = 0.0
    tried: set[str] = set()

    def attempt(picture: NDArray[np.uint8], languages: str, segmentation: str = "3") -> None:
        nonlocal best, slope
        tried.add(languages)
        hocr = _run(executable, picture, "-l", languages, "--psm", segmentation, "-c", "tessedit_create_hocr=1")
        page, slope_of_page = _page(hocr, scale)
        if not best.lines or _weight(page) > _weight(best):
            best, slope = replace(page, languages=languages), slope_of_page

    candidates = _candidates(language, script, installed)
    for languages in candidates:
        attempt(image, languages)
    if script and not best.lines:  # there is writing: a page far askew, which is taken for a drawing
        attempt(image, candidates[0], "6")
    text = " ".join(line.text for line in best.lines)
    seen, sure = identify(text)
    own = _with_english(next((name for name in LANGUAGE_NAMES.get(seen, ()) if name in installed), ""), installed)
    if not language and own and own not in tried:
        attempt(image, own)
    if abs(slope) > _ASKEW:
        image = _straight(image, slope)
        attempt(image, best.languages)
    if best.lines and best.confidence < _GOOD:
        attempt(_mended(image), best.languages)
    wanted = language or (seen if sure >= _SURE and len(text) >= _SAMPLE else "")
    names = LANGUAGE_NAMES.get(wanted, ())
    if best.lines and names and not any(name in installed for name in names):
        package = f"tesseract-ocr-{names[0].replace('_', '-')}"
        best = replace(best, problem=f"read with the letters of {best.languages}: install the Debian package {package}")
    return best


def _weight(page: RecognisedPage) -> float:
    """How much was read and how surely: noise adds words, but of little confidence."""
    return sum(max(line.confidence - 0.4, 0) * len(line.text) for line in page.lines)


def _candidates(language: str, script: str, installed: frozenset[str]) -> list[str]:
    """Sets of languages to read a page in, in tesseract's notation; Russian first where nothing is known."""
    given = [name for name in LANGUAGE_NAMES.get(language, ()) if name in installed]
    if given:
        return [_with_english(given[0], installed)]
    found = next((name for name in _SCRIPTS.get(script, ()) if name in installed), "")
    if found:
        return [_with_english(found, installed)]
    # One by one: read in both at once, few Latin words come out in letters of either that look alike.
    return [name for name in ("rus", "eng") if name in installed] or [min(installed - {"osd"})]


def _with_english(name: str, installed: frozenset[str]) -> str:
    """Texts in other scripts hold symbols in Latin letters: A/RES/79/225, XXVI."""
    return f"{name}+eng" if name and name not in _LATIN_NAMES and "eng" in installed else name


def _run(executable: str, image: NDArray[np.uint8], *arguments: str) -> bytes:
    """What tesseract writes about a picture. Raises UnreadableFile("too-slow" | "crashed" | "damaged")."""
    rows, columns = image.shape
    done = subprocess.run(  # noqa: S603 - a program of the system, no shell
        [executable, "stdin", "stdout", *arguments],
        input=b"P5 %d %d 255\n" % (columns, rows) + image.tobytes(),
        capture_output=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=False,
    )
    if done.returncode == -signal.SIGXCPU:
        raise UnreadableFile("too-slow", "took more processor time than a page may to be recognised")
    if done.returncode == -signal.SIGKILL:  # not its own doing: the system is short of memory
        raise UnreadableFile("crashed", "tesseract was killed")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2] or f"exit status {done.returncode}"
        raise UnreadableFile("damaged", f"tesseract cannot read it ({said})")
    return done.stdout


def _orientation(executable: str, image: NDArray[np.uint8]) -> tuple[int, str]:
    """Quarter turns clockwise that set a page upright, and its script; 0 and "" where they cannot be told."""
    try:
        said = _run(executable, image, "-l", "osd", "--psm", "0").decode("utf-8", "replace")
    except UnreadableFile:  # too few characters
        return 0, ""
    fields = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    try:
        turns = int(fields["Rotate"]) // 90 if float(fields["Orientation confidence"]) >= _TURNED else 0
        return turns, fields["Script"] if float(fields["Script confidence"]) >= _SCRIPT_SURE else ""
    except (KeyError, ValueError):
        return 0, ""


def _mended(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with strokes a pixel wider on each side and smoothed: broken strokes of faint print meet again."""
    wide = _each_way(image, np.minimum)
    soft = wide.astype(np.uint16)
    for axis in (0, 1):
        padded = np.pad(soft, [(1, 1) if axis == side else (0, 0) for side in (0, 1)], mode="edge")
        before, after = (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
        soft = (before + 2 * soft + after) // 4
    return soft.astype(np.uint8)


def _straight(image: NDArray[np.uint8], slope: float) -> NDArray[np.uint8]:
    """The picture of a page that was laid askew with its lines level: each column moved up or down."""
    columns = image.shape[1]
    shifts = np.rint(slope * (np.arange(columns) - columns / 2)).astype(int)
    level = np.full_like(image, 255)
    for shift in range(shifts.min(), shifts.max() + 1):
        (at,) = np.nonzero(shifts == shift)
        if shift >= 0:
            level[: image.shape[0] - shift, at] = image[shift:, at]
        else:
            level[-shift:, at] = image[:shift, at]
    return level


def _each_way(image: NDArray[np.uint8], combine: np.ufunc) -> NDArray[np.uint8]:
    """Each pixel combined with its eight neighbours."""
    rows: NDArray[np.uint8] = image.copy()
    combine(rows[1:], image[:-1], out=rows[1:])
    combine(rows[:-1], image[1:], out=rows[:-1])
    both = rows.copy()
    combine(both[:, 1:], rows[:, :-1], out=both[:, 1:])
    combine(both[:, :-1], rows[:, 1:], out=both[:, :-1])
    return both


def _page(hocr: bytes, scale: float) -> tuple[RecognisedPage, float]:
    """The lines of tesseract's hOCR, which unlike its TSV tells type and baselines, and the slope of those."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    root = etree.fromstring(hocr, parser)
    if root is None:
        return RecognisedPage(), 0.0
    pages = root.xpath("//*[@class='ocr_page']")
    height = _titled(pages[0])["bbox"][3] / scale if pages else 1.0
    lines: list[OcrLine] = []
    slopes: list[float] = []
    for paragraph in root.xpath("//*[@class='ocr_par']"):
        found = [
            (line, slope)
            for element in paragraph
            if (measured := _line(element, scale, height)) is not None
            for line, slope in [measured]
        ]
        if found:
            size = statistics.median(line.size for line, _ in found)
            lines += [replace(line, size=size) for line, _ in found]
            slopes += [slope for line, slope in found if line.right - line.left > 8 * size]
    slope = statistics.median(slopes) if slopes else 0.0
    return RecognisedPage(tuple(_headed(_in_rows(_of_one_type(_level(lines, slope))))), height), slope


def _line(element: Any, scale: float, height: float) -> tuple[OcrLine, float] | None:
    """A line of hOCR without its specks, and the slope of its baseline; None where nothing is left."""
    fields = _titled(element)
    words = [_word(word) for word in element.xpath(".//*[@class='ocrx_word']")]
    kept = [word for word in words if not _is_speck(word)]
    if not kept or "bbox" not in fields or statistics.fmean(word.confidence for word in kept) < _NOISE:
        return None
    slope, drop = fields.get("baseline", [0.0, 0.0])[:2]
    left, top, _, bottom = fields["bbox"]
    size = (fields.get("x_size") or [bottom - top])[0] / scale
    # hOCR measures the baseline from the lower left of the line's box.
    baseline = bottom + drop + slope * (kept[0].left - left)
    return OcrLine(
        " ".join(word.text for word in kept),
        left=kept[0].left / scale,
        right=max(word.right for word in kept) / scale,
        bottom=height - baseline / scale - 0.2 * size,
        size=max(size, 0.1),
        confidence=round(statistics.fmean(word.confidence for word in kept), 4),
        words=len(kept),
    ), slope


def _word(element: Any) -> _Word:
    fields = _titled(element)
    left, _, right, _ = fields.get("bbox", [0.0, 0.0, 0.0, 0.0])
    confidence = (fields.get("x_wconf") or [0.0])[0] / 100
    return _Word("".join(element.itertext()).strip(), left, right, min(max(confidence, 0.0), 1.0))


def _titled(element: Any) -> dict[str, list[float]]:
    """The numbers of an hOCR element's title by property."""
    fields: dict[str, list[float]] = {}
    for part in str(element.get("title", "")).split(";"):
        name, *values = part.split()
        if name != "image":
            fields[name] = [float(value) for value in values if _is_number(value)]
    return fields


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_speck(word: _Word) -> bool:
    letters = sum(character.isalnum() for character in word.text)
    return not word.text or word.confidence < (_SPECK if not letters else _NOISE if letters <= 2 else 0.0)


def _level(lines: Iterable[OcrLine], slope: float) -> list[OcrLine]:
    """Lines of a page that was laid askew, set level: `slope` is the fall of its baselines, per unit to the right."""
    return [
        replace(
            line,
            left=line.left - slope * line.bottom,
            right=line.right - slope * line.bottom,
            bottom=line.bottom + slope * line.left,
        )
        for line in lines
    ]


def _of_one_type(lines: Sequence[OcrLine]) -> list[OcrLine]:
    """Lines with their measured heights drawn to those of the page's few types, the most used first."""
    weights: dict[float, int] = {}
    for line in lines:
        weights[line.size] = weights.get(line.size, 0) + len(line.text)
    types: list[float] = []
    for size in sorted(weights, key=lambda size: -weights[size]):
        if not any(abs(size - other) <= _SAME_TYPE * other for other in types):
            types.append(size)
    return [replace(line, size=min(types, key=lambda size: abs(size - line.size))) for line in lines]


def _in_rows(lines: Sequence[OcrLine]) -> list[OcrLine]:
    """Lines in reading order, the parts of a row that tesseract took for columns put together again.

    Wide spaces of justified text look like the gap between columns; but lines above and below run across them.
    """
    ordered: list[OcrLine] = []
    for line in lines:
        at = next(
            (
                index
                for index in range(len(ordered) - 1, max(len(ordered) - 12, -1), -1)
                if _is_rest(ordered[index], line) and _is_bridged(ordered[index], line, lines)
            ),
            None,
        )
        if at is None:
            ordered.append(line)
            continue
        before = ordered[at]
        words = before.words + line.words
        ordered[at] = replace(
            before,
            text=f"{before.text} {line.text}",
            right=line.right,
            confidence=round((before.confidence * before.words + line.confidence * line.words) / words, 4),
            words=words,
        )
    return ordered


def _headed(lines: Sequence[OcrLine]) -> list[OcrLine]:
    """Lines with those that stand over the columns read before them put first: a running title."""
    ordered: list[OcrLine] = []
    for line in lines:
        row = [other for other in ordered if abs(other.bottom - line.bottom) < 0.5 * line.size]
        under = [other for other in ordered if other.bottom + other.size < line.bottom + 0.5 * line.size]
        over = any(other.left < line.right and other.right > line.left for other in under)
        if over and len(row) + len(under) == len(ordered):
            ordered.insert(sum(other.left < line.left for other in row), line)
        else:
            ordered.append(line)
    return ordered


def _is_rest(before: OcrLine, line: OcrLine) -> bool:
    gap = line.left - before.right
    return abs(line.bottom - before.bottom) < 0.4 * before.size and 0 <= gap < 2.5 * before.size


def _is_bridged(before: OcrLine, line: OcrLine, lines: Sequence[OcrLine]) -> bool:
    """Whether lines close above and below run across the gap between two."""
    above = below = False
    for other in lines:
        if other.left < before.right - before.size and other.right > line.left + before.size:
            distance = other.bottom - before.bottom
            above = above or 0.5 * before.size < distance < _NEIGHBOURS * before.size
            below = below or 0.5 * before.size < -distance < _NEIGHBOURS * before.size
    return above and below
