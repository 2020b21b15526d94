"""Provisions → passages: what is embedded and quoted, cut on provisions and never across them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.model import Document, Passage, Provision, page_at
from kb.segment.structure import structure

__all__ = ["SEGMENT_VERSION", "passages", "segment"]

SEGMENT_VERSION = "7"

CountTokens = Callable[[Sequence[str]], list[int]]
SplitSentences = Callable[[str, str], list[tuple[int, int]]]
Span = tuple[int, int]

_JOINED_TOKENS = 200  # small siblings are joined up to this; 120 found fewer right passages (R@1 0.50 against 0.57)
_CONTEXT_SHARE = 16  # the context takes at most one part in this many of the budget; with 4, R@1 0.675, with 16, 0.692
_TITLE_SHARE = 2  # … and the title at most one half of that
_SPARE_TOKENS = 8  # special tokens and the joins between context and quote
_LONE_HEADING = 40  # characters: a heading that nothing follows; a longer one may be a clause that looks like one
_SHORT_FORMULA = 60  # characters: "The General Assembly," says nothing alone and stands in every context below it


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of provisions that becomes one passage, or several where it is too long."""

    first: Provision
    last: Provision
    headings: tuple[str, ...]
    formula: str
    tokens: int
    parts: tuple[Span, ...]

    @property
    def span(self) -> Span:
        return self.first.start, self.last.end


def segment(
    document: Document, *, count_tokens: CountTokens, split_sentences: SplitSentences, max_tokens: int
) -> tuple[tuple[Provision, ...], tuple[Passage, ...]]:
    """A document's provisions and the passages cut from them (see `structure` and `passages`)."""
    provisions = structure(document)
    return provisions, passages(
        document, provisions, count_tokens=count_tokens, split_sentences=split_sentences, max_tokens=max_tokens
    )


def passages(
    document: Document,
    provisions: Sequence[Provision],
    *,
    count_tokens: CountTokens,
    split_sentences: SplitSentences,
    max_tokens: int,
) -> tuple[Passage, ...]:
    """Passages in reading order; context and quote together hold at most `max_tokens` tokens as `count_tokens` counts.

    Every provision with words lies in one passage or one chain of them (`~2`, `~3`), save headings and short enacting
    formulas that have something below them: those are in the context of what they head.
    """
    text = document.text
    tree = _Tree(document, provisions)
    quoted = [provision for provision in provisions if tree.is_quoted(provision)]
    # A title answers no question but resembles many; every passage below carries it as context.
    quoted = [provision for provision in quoted if provision.eid != "preface"] or quoted
    quoted = quoted or [provision for provision in provisions if tree.words(provision)]
    governing = {provision.eid: (tree.headings(provision), tree.formula(provision)) for provision in quoted}
    strings = list(dict.fromkeys(part for headings, formula in governing.values() for part in (*headings, formula)))
    strings = [string for string in (document.label, *strings) if string]
    counts = count_tokens(strings + [text[provision.start : provision.end] for provision in quoted])
    sizes = dict(zip(strings, counts, strict=False))
    pieces = [
        _Piece(provision, provision, *governing[provision.eid], tokens, ((provision.start, provision.end),))
        for provision, tokens in zip(quoted, counts[len(strings) :], strict=True)
    ]
    clip = _Clip(sizes, max_tokens)
    cutter = _Cutter(document, count_tokens, split_sentences, max_tokens)
    return tuple(cutter.cut([(piece, _context(document, piece, clip)) for piece in _joined(pieces, tree)]))


class _Tree:
    """Who stands above and beside a provision."""

    def __init__(self, document: Document, provisions: Sequence[Provision]) -> None:
        self.text = document.text
        self.document = document
        self.by_eid = {provision.eid: provision for provision in provisions}
        self.order = {provision.eid: place for place, provision in enumerate(provisions)}
        self.parents = {provision.parent for provision in provisions if provision.parent is not None}
        formulas = {p.parent for p in provisions if p.kind == "formula"}
        self.shared = {p.parent for p in provisions if p.parent in formulas and p.kind != "formula"}
        self.formulas: dict[str | None, str] = {}
        self.intros: dict[str, str] = {}
        self.find_governing(provisions)
        self.enacting = next((self.words(p) for p in provisions if p.kind == "formula" and p.parent == "preamble"), "")

    def find_governing(self, provisions: Sequence[Provision]) -> None:
        """Formulas by the part they open, and for items the unnumbered words before their list that end in a colon."""
        intro: dict[str | None, str] = {}
        for provision in provisions:
            if provision.kind == "formula":
                self.formulas.setdefault(provision.parent, self.words(provision))
            elif provision.kind == "item":
                if words := intro.get(provision.parent):
                    self.intros[provision.eid] = words
            elif provision.kind == "other":
                words = self.words(provision)
                intro[provision.parent] = words if words.endswith(":") else ""

    def words(self, provision: Provision) -> str:
        return " ".join(self.text[provision.start : provision.end].split())

    def shown(self, provision: Provision) -> str:
        """Heading as people read it: number and title."""
        number = provision.num or ""
        words = self.words(provision)
        return f"{number} {words}".strip()

    def above(self, provision: Provision) -> list[Provision]:
        """Ancestors, the outermost first."""
        chain: list[Provision] = []
        parent = provision.parent
        while parent is not None:
            chain.append(self.by_eid[parent])
            parent = chain[-1].parent
        return chain[::-1]

    def is_quoted(self, provision: Provision) -> bool:
        """Whether a provision's words make a passage: not those of a heading or short formula with something below."""
        words = self.text[provision.start : provision.end]
        if not any(character.isalnum() for character in words):
            return False
        if provision.kind == "section" and len(words) <= _LONE_HEADING:
            return False
        if provision.kind in ("section", "article") and provision.eid in self.parents:
            # an article's text may stand on the line of its number, where a title would
            return provision.kind == "article" and words.endswith((".", ":", ";"))
        return not (provision.kind == "formula" and len(words) <= _SHORT_FORMULA and self.governs(provision))

    def governs(self, formula: Provision) -> bool:
        return formula.parent in self.shared

    def is_minor(self, provision: Provision) -> bool:
        """Prose, rows and inner points; an operative paragraph or part of an article is cited alone and stays alone."""
        if provision.kind == "other":
            return True
        if provision.kind != "item":
            return False
        chain = self.above(provision)
        if chain and chain[-1].kind in ("item", "other", "recital"):
            return True
        if chain and chain[-1].kind == "article":
            return "__item_" in provision.eid
        return not any(p.kind == "operative" for p in chain)

    def headings(self, provision: Provision) -> tuple[str, ...]:
        """Headings above a provision, its own document's work first."""
        chain = [p for p in self.above(provision) if p.kind in ("section", "article")]
        if provision.kind == "article" and provision.num:
            chain.append(replace(provision, end=provision.start))
        own = [self.shown(p) for p in chain if not (p.kind == "article" and p.num == self.document.number)]
        return tuple(heading for heading in (*self.document.headings, *own) if heading)

    def formula(self, provision: Provision) -> str:
        """The governing words: the formula of the part a provision stands in, then the intros above it."""
        parts: list[str] = []
        chain = self.above(provision)
        if any(p.kind == "operative" for p in chain) or (
            provision.parent == "preamble" and provision.kind == "recital"
        ):
            operative = next((p.eid for p in chain if p.kind == "operative"), "preamble")
            governing = self.formulas.get(operative) or (self.enacting if operative.startswith("op") else "")
            if self.enacting and governing != self.enacting and _is_dependent(governing):
                governing = f"{self.enacting} {governing}"
            if provision.kind != "formula":
                parts.append(governing)
        for place, p in enumerate([*chain, provision]):
            if p.eid in self.intros:
                parts.append(self.intros[p.eid])
            if p.kind in ("item", "recital") and place < len(chain):
                words = self.words(p)
                # a paragraph after a clause that is complete is not governed by it
                if provision.kind != "other" or not words.endswith((".", ";")):
                    parts.append(words)
        return " ".join(part for part in parts if part)


def _is_dependent(formula: str) -> bool:
    """Whether a formula names no body of its own: «считаем важным:», "Decides:"."""
    return formula[:1].islower() or len(formula) <= _SHORT_FORMULA // 2


def _joined(pieces: Sequence[_Piece], tree: _Tree) -> Iterator[_Piece]:
    """Join neighbours that are too small to be found alone: prose, rows and inner points under one parent."""
    current: _Piece | None = None
    for piece in pieces:
        if current is not None and _may_join(current, piece, tree):
            tokens = current.tokens + piece.tokens + 2
            current = replace(current, last=piece.last, tokens=tokens, parts=current.parts + piece.parts)
            continue
        if current is not None:
            yield current
        current = piece
    if current is not None:
        yield current


def _may_join(before: _Piece, piece: _Piece, tree: _Tree) -> bool:
    one, other = before.last, piece.first
    small = before.tokens + piece.tokens <= _JOINED_TOKENS
    neighbours = one.parent == other.parent and tree.order[other.eid] == tree.order[one.eid] + 1
    return small and neighbours and tree.is_minor(other) and tree.is_minor(one)


@dataclass(frozen=True, slots=True)
class _Clip:
    """Shortens strings to a number of tokens, by their measured tokens a character, at a word's end."""

    sizes: dict[str, int]
    max_tokens: int

    def size(self, words: str) -> int:
        return self.sizes.get(words, len(words) // 2 + 1)

    def clip(self, words: str, tokens: int) -> str:
        """The head of `words` in about `tokens` tokens, with an ellipsis where something was left out."""
        size = self.size(words)
        if size <= tokens:
            return words
        keep = int(len(words) * tokens / size * 0.95)
        head = words[: max(keep, 0)]
        if " " in head and not words[keep : keep + 1].isspace():
            head = head.rsplit(None, 1)[0]
        return f"{head} …" if head else ""


def _context(document: Document, piece: _Piece, clip: _Clip) -> str:
    """Title, work and number, heading path, governing words: one a line, clipped to a sixteenth of the budget.

    The title gives way first, then the path; the formula keeps its head, where the actor stands.
    """
    budget = clip.max_tokens // _CONTEXT_SHARE
    if piece.first.eid == "preface":
        return ""
    title = document.label or document.work
    lines = [clip.clip(title, budget // _TITLE_SHARE)] if title else []
    left = budget - sum(min(clip.size(title), budget // _TITLE_SHARE) for _ in lines)
    label = document.number if document.number and document.number not in title else ""
    work = [document.work] if document.work and document.work not in title else []
    path = [heading for heading in (*work, *piece.headings) if heading != document.title]
    if label and not any(label in heading for heading in path):
        path.append(label)
    formula_budget = left if not path else left * 3 // 5
    formula = clip.clip(piece.formula, formula_budget) if piece.formula else ""
    left -= min(clip.size(piece.formula), formula_budget) if formula else 0
    kept: list[str] = []
    for heading in reversed(path):
        shown = clip.clip(heading, left)
        if not shown:
            break
        kept.append(shown)
        left -= min(clip.size(heading), left)
    if kept:
        lines.append(" › ".join(reversed(kept)))
    if formula:
        lines.append(formula)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Turns pieces into passages, splitting those that do not fit beside their context."""

    document: Document
    count_tokens: CountTokens
    split_sentences: SplitSentences
    max_tokens: int

    def cut(self, work: Sequence[tuple[_Piece, str]]) -> Iterator[Passage]:
        text = self.document.text
        headers = [self.header(piece) for piece, _ in work]
        contexts = list(dict.fromkeys(words for words in (*headers, *(context for _, context in work)) if words))
        sizes = dict(zip(contexts, self.count_tokens(contexts), strict=True)) if contexts else {}
        room = [self.max_tokens - _SPARE_TOKENS - sizes.get(context, 0) for _, context in work]
        headers = [
            header if header and sizes[header] <= space // 3 < piece.tokens else ""
            for header, space, (piece, _) in zip(headers, room, work, strict=True)
        ]
        sentences = [self.sentences(piece) for piece, _ in work]
        long = [place for place, (piece, _) in enumerate(work) if piece.tokens > room[place]]
        for place in long:
            room[place] -= sizes.get(headers[place], 0)
        atoms = self.atoms([(sentences[place], room[place]) for place in long])
        spans = {place: _packed(pieces, room[place]) for place, pieces in zip(long, atoms, strict=True)}
        for place, (piece, context) in enumerate(work):
            for part, (start, end) in enumerate(_trimmed(text, spans.get(place, [piece.span])), 1):
                eid = piece.first.eid
                marked = [(max(a, start), min(b, end)) for a, b in sentences[place] if a < end and b > start]
                yield Passage(
                    id=f"{self.document.id}#{eid}" + (f"~{part}" if part > 1 else ""),
                    document_id=self.document.id,
                    eid=eid,
                    eid_to=piece.last.eid,
                    start=start,
                    end=end,
                    page=page_at(self.document.pages, start),
                    page_to=page_at(self.document.pages, max(end - 1, start)),
                    headings=piece.headings,
                    formula=piece.formula,
                    context=f"{context}\n{headers[place]}".strip() if headers[place] and part > 1 else context,
                    sentences=tuple(_trimmed(text, marked)),
                )

    def header(self, piece: _Piece) -> str:
        """The first row of a table, which the later pieces of a long one carry in their context."""
        if piece.first.kind != "table":
            return ""
        return self.document.text[piece.first.start : piece.first.end].split("\n", 1)[0]

    def sentences(self, piece: _Piece) -> list[Span]:
        """Sentences of a piece, of one provision each: rows of a table, else as the splitter says."""
        text = self.document.text
        found: list[Span] = []
        for start, end in piece.parts:
            if piece.first.kind == "table":
                found += _rows(text, start, end)
            else:
                spans = self.split_sentences(text[start:end], self.document.language)
                found += [(start + a, start + b) for a, b in spans]
        return found or [piece.span]

    def atoms(self, long: Sequence[tuple[list[Span], int]]) -> list[list[tuple[Span, int]]]:
        """Sentences of long pieces with their tokens; one that fits nowhere is cut at «;», a comma or a space."""
        text = self.document.text
        flat = [text[start:end] for spans, _ in long for start, end in spans]
        counts = iter(self.count_tokens(flat) if flat else [])
        result = []
        for spans, room in long:
            row: list[tuple[Span, int]] = []
            for start, end in spans:
                tokens = next(counts)
                row += [((start, end), tokens)] if tokens <= room else self.shreds(start, end, tokens, room)
            result.append(row)
        return result

    def shreds(self, start: int, end: int, tokens: int, room: int) -> list[tuple[Span, int]]:
        """Pieces of one overlong sentence, each measured to fit."""
        text = self.document.text
        size = max(int((end - start) * room / tokens * 0.85), 1)
        result: list[tuple[Span, int]] = []
        while start < end:
            stop = _break_before(text, start, min(start + size, end), end)
            count = self.count_tokens([text[start:stop]])[0]
            while count > room and stop - start > 1:
                stop = _break_before(text, start, start + max(int((stop - start) * room / count * 0.85), 1), end)
                count = self.count_tokens([text[start:stop]])[0]
            result.append(((start, stop), count))
            start = stop
        return result


def _break_before(text: str, start: int, limit: int, end: int) -> int:
    """Best place to cut up to `limit`: in the second half after «;», a comma or a space; else the limit."""
    if limit >= end:
        return end
    middle = start + (limit - start) // 2
    for mark in (";", ",", "，", "、", "،", "\n", " "):
        at = text.rfind(mark, middle, limit)
        if at > start:
            return at + 1
    return limit


def _packed(atoms: Sequence[tuple[Span, int]], room: int) -> list[Span]:
    """Neighbouring sentences put together while they fit, evenly enough that no last piece is a crumb."""
    total = sum(tokens for _, tokens in atoms)
    parts = -(-total // max(room, 1))
    aim = min(room, total // max(parts, 1) + max(tokens for _, tokens in atoms) // 2)
    packed: list[Span] = []
    filled = 0
    for (start, end), tokens in atoms:
        if packed and filled + tokens <= room and filled < aim:
            packed[-1] = (packed[-1][0], end)
            filled += tokens + 1
        else:
            packed.append((start, end))
            filled = tokens
    return packed


def _rows(text: str, start: int, end: int) -> list[Span]:
    rows: list[Span] = []
    for row in text[start:end].split("\n"):
        if row.strip():
            rows.append((start, start + len(row)))
        start += len(row) + 1
    return rows


def _trimmed(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    for start, end in spans:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end
