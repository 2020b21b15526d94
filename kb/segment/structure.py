"""Document → provisions: the parts that people cite, named as in Akoma Ntoso."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb.model import Document, Provision, ProvisionKind
from kb.segment.lexicon import (
    ANNEX,
    CLOSING,
    INFINITIVE,
    QUESTION,
    TITLE_START,
    group_rank,
    is_contents_entry,
)
from kb.segment.lines import Line, lines_of
from kb.segment.signs import (
    acts,
    article_head,
    contents_lines,
    ends_in_date,
    formula_lines,
    group_head,
    has_questions,
    is_bare_item,
    is_enacting,
    is_formula,
    is_parent_number,
    is_recital,
    is_run,
    plain,
)
from kb.segment.tree import Node, provisions_of

__all__ = ["structure"]

Form = Literal["resolution", "law", "record", "sections"]

_SHORT_TITLE = 250  # characters of a line that may still belong to a title block
_SHORT_HEADING = 160  # characters of a line that may be a heading without the format saying so
_SHORT_ENACTING = 160  # "The Conference of the Parties to the … Convention,"


@dataclass(slots=True)
class OpenList:
    """A list that may go on: its marker's style, the reader's depth, its last item and the node that holds it."""

    style: str
    glyph: str
    level: int
    depth: int
    prefix: tuple[int, ...]
    last: tuple[int, ...]
    holder: Node | None
    item: Node
    things: bool = False  # its items are things inside an act's clause: an act ends it


def structure(document: Document) -> tuple[Provision, ...]:
    """A document's provisions in reading order; every visible character is in one provision's span or marker."""
    lines = lines_of(document)
    tree = _Builder(document, lines).build()
    return tuple(provisions_of(document, tree))


def form_of(document: Document, lines: Sequence[Line]) -> Form:
    """Which family's rules a document follows: by the record's number, its articles, its formulas, else headings."""
    if document.number and (document.work or document.kind == "law"):
        return "record"
    articles = [match["num"] for line in lines if (match := article_head(line))]
    if (articles and document.kind == "law") or is_run(articles):
        return "law"
    headings = sum(line.kind == "heading" for line in lines)
    # «Постановление» is a law by its name, and a plenum's or council's resolution by its formula
    decree = document.kind == "law" and not articles and bool(formula_lines(lines)) and not any(map(group_head, lines))
    deciding = document.kind == "resolution" or decree
    if deciding and (headings < 4 or any(is_formula(line) or is_enacting(line) for line in lines)):
        return "resolution"
    early = lines[:40]
    recitals = sum(is_recital(line) and line.words.rstrip()[-1] in ",;" for line in early)
    enacted = recitals >= 2 and any(is_enacting(line) for line in early)
    if enacted and (document.kind == "other" or (document.kind != "guide" and any(map(acts, lines[:80])))):
        return "resolution"
    if document.kind != "other":
        return "sections"
    opened = any(
        is_formula(line)
        and index + 1 < len(lines)
        and (
            lines[index + 1].style in ("dash", "decimal", "number)", "letter", "ROMAN")
            or is_bare_item(lines[index + 1])
        )
        for index, line in enumerate(early)
    )
    return "resolution" if opened and headings <= 3 else "sections"


class _Builder:
    """Reads lines one after another and hangs each on the open node it belongs to."""

    def __init__(self, document: Document, lines: Sequence[Line]) -> None:
        self.document = document
        self.lines = lines
        self.form = form_of(document, lines)
        self.tree: list[Node] = []
        self.sections: list[Node] = []
        self.lists: list[OpenList] = []
        self.preamble: Node | None = None
        self.operative: Node | None = None
        self.operatives = 0
        self.paragraph_number = 0
        self.article: Node | None = None
        self.bare_items = False
        self.closed = False
        self.quoted_until = -1
        self.contents = contents_lines(lines)
        self.formulas = formula_lines(lines)
        self.last_article = max(
            (at for at, line in enumerate(lines) if article_head(line) or group_head(line)), default=-1
        )
        self.has_questions = has_questions(lines)

    def build(self) -> list[Node]:
        first = self.title_block()
        if self.form == "record":
            self.open_record()
        for index in range(first, len(self.lines)):
            self.take(index)
        return self.tree

    # -- the title block ------------------------------------------------------------------------------------------

    def title_block(self) -> int:
        """Hang the leading title lines as one `preface`; returns the index of the first line after it."""
        if self.form == "record":
            return 0
        count = 0
        while count < min(len(self.lines), 25) and self.is_title_line(count):
            count += 1
        count = self.before_enacting(count)
        if count:
            start, end = self.lines[0].start - self.marker_length(self.lines[0]), self.lines[count - 1].end
            self.tree.append(Node("heading", "preface", start, end, words=self.document.text[start:end]))
        return count

    def before_enacting(self, count: int) -> int:
        """The lines of the title block, with those of sponsors that stand between it and the enacting formula."""
        if self.form != "resolution" or not count:
            return count
        for at in range(count, min(count + 12, len(self.lines))):
            line = self.lines[at]
            if is_enacting(line):
                return at
            if line.marker or is_recital(line) or line.kind in ("table", "footnote"):
                break
        return count

    def marker_length(self, line: Line) -> int:
        if not line.marker:
            return 0
        return line.start - self.document.text.rfind(line.marker, 0, line.start)

    def is_title_line(self, index: int) -> bool:
        line, words = self.lines[index], self.lines[index].words.rstrip()
        if line.kind == "table":
            # the masthead of a United Nations document is laid out as one
            return self.form == "resolution" and index < 2 and len(words) <= 300
        if line.kind == "footnote" or index in self.contents or is_contents_entry(words):
            return False
        if (
            index in self.formulas
            or is_enacting(line)
            or article_head(line)
            or group_head(line)
            or group_head(line, ANNEX)
        ):
            return False
        known = plain(self.document.title)
        in_title = bool(known) and len(plain(words)) > 3 and plain(words) in known
        if index == 0:
            if line.kind == "heading" or in_title or (TITLE_START.match(words) and len(words) <= 2 * _SHORT_TITLE):
                return True
            return len(words) <= _SHORT_TITLE and (words[-1] not in ".;:!?," or ends_in_date(words))
        if line.kind == "heading":
            first = self.lines[0]
            same_rank = first.kind != "heading" or line.level <= first.level or self.form == "resolution"
            return in_title or (same_rank and not line.marker and self.follows_title(index))
        if in_title:
            return True
        if line.marker or line.kind == "item" or len(words) > _SHORT_TITLE:
            return False
        if is_recital(line) and words[-1] in ".;:,":
            return False
        if words[0] in "([" and words[-1] in ")]":
            return True
        if ends_in_date(words):
            return True
        return self.form in ("resolution", "law") and words[-1] not in ".;:!?,"

    def follows_title(self, index: int) -> bool:
        """A further heading belongs to the title only while no text has come and it is no section's heading."""
        if self.form in ("resolution", "law"):
            return True
        return self.lines[index].level == self.lines[0].level and self.lines[index - 1].kind == "heading"

    # -- one line -------------------------------------------------------------------------------------------------

    def take(self, index: int) -> None:
        line = self.lines[index]
        if line.kind == "table":
            self.hang(Node("table", "table", line.start, line.end, words=line.words))
        elif line.kind == "footnote":
            self.hang(self.paragraph_node(line, name="fn"))
        elif index in self.contents or is_contents_entry(line.words):
            self.lists.clear()
            self.hang(self.paragraph_node(line, name="toc"))
        elif self.is_quoted(index):
            self.hang(self.paragraph_node(line), self.innermost())
        elif annex := group_head(line, ANNEX):
            self.open_annex(line, annex)
        elif self.form in ("law", "record"):
            self.take_law(index)
        elif self.form == "resolution":
            self.take_resolution(index)
        else:
            self.take_section(index)

    def is_quoted(self, index: int) -> bool:
        """Whether a line stands inside a quotation of several lines: an article quoted there is none of this text."""
        if index <= self.quoted_until:
            return True
        words = self.lines[index].words
        if words[0] not in '«“„"' or self.lines[index].kind == "heading":
            return False
        if not (index and self.lines[index - 1].words.rstrip().endswith(":")):
            return False
        depth = 0
        for ahead in range(index, min(index + 60, len(self.lines))):
            text = self.lines[ahead].words
            depth += sum(text.count(mark) for mark in "«“„") - sum(text.count(mark) for mark in "»”")
            if words[0] == '"':
                depth = 0 if ahead > index and text.rstrip(".;, ").endswith('"') else 1
            if depth <= 0:
                if ahead == index:
                    return False
                self.quoted_until = ahead
                return True
        return False

    def take_resolution(self, index: int) -> None:
        line = self.lines[index]
        if self.operative is None and self.preamble is None and is_enacting(line) and not self.sections:
            self.hang_formula(line, self.open_preamble())
        elif self.is_opening_formula(index):
            self.open_operative(line)
        elif self.closed:
            self.take_section(index)
        elif self.in_un_form() and self.is_subheading(index):
            self.open_subheading(line)
        elif self.is_heading(index):
            self.open_heading(index)
        elif self.operative is None:
            self.take_preamble(index)
        elif line.marker:
            self.take_item(line)
        else:
            self.take_loose(index)

    def is_opening_formula(self, index: int) -> bool:
        if index not in self.formulas and not self.is_act_with_list(index) and not self.is_only_intro(index):
            return False
        if self.operative is None or not self.lists:
            return True
        if self.in_un_form() and self.numbering_goes_on(index):
            return False
        # inside a list an unmarked line with a colon opens a new part only where a list has ended before it
        return not self.lists[-1].item.words.rstrip().endswith((",", ":"))

    def is_act_with_list(self, index: int) -> bool:
        """Whether an act stands alone above its own list («Поручить правлению:»), outside any numbered paragraph."""
        line = self.lines[index]
        acts_alone = not line.marker and line.words.endswith(":") and bool(INFINITIVE.match(line.words))
        return acts_alone and not (self.paragraph_number and (self.numbering_goes_on(index) or self.lists))

    def is_only_intro(self, index: int) -> bool:
        """Whether a text without any formula has its list after this line with a colon."""
        line = self.lines[index]
        if self.formulas or self.operative is not None or line.marker or not line.words.endswith(":"):
            return False
        following = self.lines[index + 1] if index + 1 < len(self.lines) else None
        return following is not None and bool(following.marker) and not is_recital(following)

    def numbering_goes_on(self, index: int) -> bool:
        """Whether the operative paragraph that is next by number is still to come."""
        number = self.paragraph_number
        return any(
            line.style == "decimal" and len(line.number) == 1 and number < line.number[0] <= number + 3
            for line in self.lines[index + 1 : index + 80]
        )

    def is_subheading(self, index: int) -> bool:
        """Whether a short line without full stop heads the numbered paragraphs that follow ("Arms embargo")."""
        line = self.lines[index]
        words = line.words.rstrip()
        if (
            line.marker
            or len(words) > 120
            or not words[0].isupper()
            or words[-1] in ".;:,!?…"
            or line.kind == "footnote"
        ):
            return False
        if not re.search(r"[^\W\d_]{3}", words) or re.search(r"\d/|/\d", words):
            return False
        ahead = self.lines[index + 1 : index + 4]
        return any(other.style == "decimal" and other.number == (self.paragraph_number + 1,) for other in ahead)

    def open_subheading(self, line: Line) -> None:
        if self.operative is None:
            self.open_operative(None)
        assert self.operative is not None
        section = self.node(line, "section", "sec")
        inside = self.sections[-1] if self.sections and self.sections[-1] in self.operative.children else None
        if inside is not None and not inside.children:
            self.append(inside, self.paragraph_node(line))
            return
        self.lists.clear()
        self.append(self.operative, section)
        self.sections = [section]

    def take_preamble(self, index: int) -> None:
        line = self.lines[index]
        if self.in_un_form() and (self.is_subheading(index) or (line.style == "decimal" and not is_recital(line))):
            if line.marker:
                self.open_operative(None)
                self.take_item(line)
            else:
                self.open_subheading(line)
            return
        holder = self.sections[-1] if self.sections else None
        if holder is not None and not self.later_formula(index):
            self.take_item(line, holder) if line.marker else self.hang(self.paragraph_node(line))
        elif (not line.marker or line.style == "dash") and acts(line) and self.in_un_form():
            self.open_operative(None)
            self.take_item(line) if line.marker else self.bare_item(line)
        elif line.style in ("decimal", "number)", "ROMAN") and not is_recital(line) and not self.later_formula(index):
            self.open_operative(None)
            self.take_item(line)
        elif line.marker and self.recital_intro() and not is_recital(line):
            self.take_item(line, self.open_preamble().children[-1])
        elif line.marker and not is_recital(line) and self.preamble is None and not self.later_formula(index):
            self.open_operative(None)
            self.take_item(line)
        else:
            self.lists.clear()
            preamble = self.open_preamble()
            self.append(preamble, self.node(line, "recital", "rec", root="rec"))

    def in_un_form(self) -> bool:
        return self.preamble is not None and any(child.kind == "formula" for child in self.preamble.children[:1])

    def recital_intro(self) -> bool:
        """Whether the last recital ends in a colon, so that a list belongs to it."""
        if self.preamble is None or not self.preamble.children:
            return False
        last = self.preamble.children[-1]
        return last.kind == "recital" and (last.words.rstrip().endswith(":") or bool(self.lists))

    def later_formula(self, index: int) -> bool:
        """Whether an operative formula is still to come within reach: then a list before it is a list of recitals."""
        return any(at in self.formulas for at in range(index + 1, index + 80))

    def take_loose(self, index: int) -> None:
        """A line without marker after a formula or among items."""
        line = self.lines[index]
        assert self.operative is not None
        only_formula = all(child.kind == "formula" for child in self.operative.children)
        if self.bare_items or only_formula:
            item_like = line.words[0].islower() or INFINITIVE.match(line.words) or line.words.rstrip().endswith(";")
            ongoing = self.last_words().endswith((";", ",", ":"))
            if item_like or ongoing or (acts(line) and self.in_un_form()):
                self.bare_item(line)
                return
        if not self.is_closing(index):
            holder = self.wrap_up_holder(line) if self.lists else self.item_holder()
            self.hang(self.paragraph_node(line), holder)
            return
        self.lists.clear()
        self.operative = None
        self.closed = True
        self.hang(self.paragraph_node(line))

    def last_words(self) -> str:
        node = self.operative
        while node is not None and node.children:
            node = node.children[-1]
        return node.words.rstrip() if node is not None else ""

    def is_closing(self, index: int) -> bool:
        """Whether a loose line stands after the last clause: no list goes on and it neither starts small nor acts."""
        line = self.lines[index]
        if line.words[0].islower() or line.words[0] in "(<" or INFINITIVE.match(line.words):
            return False
        if self.paragraph_number and self.numbering_goes_on(index):
            return False
        if CLOSING.match(line.words) or not self.lists:
            return True
        current = self.lists[0]
        for ahead in self.lines[index + 1 : index + 12]:
            if ahead.marker:
                return (ahead.style, ahead.glyph) != (current.style, current.glyph) or ahead.number[-1:] == (1,)
            if ahead.kind == "heading" or is_formula(ahead):
                break
        return True

    def wrap_up_holder(self, line: Line) -> Node:
        """Where a loose line after items belongs; lists below that place are over.

        Words that go on in small letters close the clause around the innermost list.
        """
        if line.words[0].islower() and len(self.lists) > 1:
            self.lists.pop()
            return self.lists[-1].item
        del self.lists[1:]
        return self.lists[0].item

    def take_law(self, index: int) -> None:
        line = self.lines[index]
        if self.form == "law" and (group := group_head(line)):
            self.open_group(line, group)
        elif self.form == "law" and (article := article_head(line)):
            self.open_article(line, article)
        elif self.closed:
            self.take_section(index)
        elif self.takes_title(line):
            return
        elif self.article is None:
            self.take_before_articles(index)
        elif line.kind == "heading" and self.form == "law":
            self.close_article()
            self.open_heading(index)
        elif line.marker:
            self.take_item(line, self.article)
        elif self.form == "law" and index > self.last_article and CLOSING.match(line.words) and len(line.words) <= 160:
            self.close_article()
            self.sections.clear()
            self.closed = True
            self.append(None, self.paragraph_node(line))
        elif self.lists and not self.ends_introduced_list(index):
            self.hang(self.paragraph_node(line), self.wrap_up_holder(line))
        else:
            self.lists.clear()
            self.hang(self.paragraph_node(line), self.article)

    def ends_introduced_list(self, index: int) -> bool:
        """Whether a paragraph after a list is a part of the article beside the one that opened the list with a colon.

        Parts may go without numbers («вправе:», 1) …, 2) …, and the next part); numbered parts own what follows them.
        """
        line, current = self.lines[index], self.lists[0]
        siblings = current.holder.children if current.holder is not None else self.tree
        intro = next((node for node in reversed(siblings) if node.kind != "item"), None)
        if line.words[0].islower() or intro is None or not intro.words.rstrip().endswith(":"):
            return False
        return not self.list_goes_on(index, current)

    def list_goes_on(self, index: int, current: OpenList) -> bool:
        """Whether the next number of a list is still to come a few lines further on."""
        following = (*current.last[:-1], current.last[-1] + 1) if current.last else ()
        return any(
            (ahead.style, ahead.glyph) == (current.style, current.glyph) and ahead.number == following
            for ahead in self.lines[index + 1 : index + 6]
        ) and bool(following)

    def takes_title(self, line: Line) -> bool:
        """Give a title on its own line to the number above it ("Article 5" / "Right to liberty")."""
        target = self.article if self.article is not None else (self.sections[-1] if self.sections else None)
        if target is None or self.form == "record" or target.words or target.children or not target.marker:
            return False
        words = line.words.rstrip()
        titled = line.kind == "heading" or (len(words) <= _SHORT_HEADING and words[-1] not in ".;:,")
        if line.marker or not titled or not words[0].isupper():
            return False
        if group_head(line) or article_head(line):
            return False
        target.start, target.end, target.words = line.start, line.end, line.words
        return True

    def take_before_articles(self, index: int) -> None:
        line = self.lines[index]
        if line.kind == "heading" or self.sections:
            self.take_section(index)
        elif is_formula(line) or (is_enacting(line) and self.preamble is None):
            self.hang_formula(line, self.open_preamble())
        elif is_recital(line) or self.preamble is not None:
            self.append(self.open_preamble(), self.node(line, "recital", "rec", root="rec"))
        elif line.marker:
            self.take_item(line, None)
        else:
            self.tree.append(self.paragraph_node(line))

    def take_section(self, index: int) -> None:
        line = self.lines[index]
        if self.form == "sections" and (group := group_head(line)) and line.kind != "item":
            self.open_group(line, group)
        elif self.is_heading(index):
            self.open_heading(index)
        elif line.marker:
            self.take_item(line, self.sections[-1] if self.sections else None)
        elif self.lists:
            self.take_after_list(index)
        else:
            self.hang(self.paragraph_node(line))

    def take_after_list(self, index: int) -> None:
        """A paragraph after items in prose: part of the item while the list or the words go on, else beside it."""
        line = self.lines[index]
        current = self.lists[0]
        if line.words[0].islower() or self.list_goes_on(index, current):
            self.hang(self.paragraph_node(line), self.wrap_up_holder(line))
            return
        self.lists.clear()
        self.hang(self.paragraph_node(line))

    # -- headings -------------------------------------------------------------------------------------------------

    def is_heading(self, index: int) -> bool:
        line = self.lines[index]
        words = line.words.rstrip()
        if line.kind == "heading":
            return not (line.style == "dash" or (self.form == "resolution" and line.words.endswith((";", ","))))
        if line.kind in ("table", "footnote") or not words:
            return False
        if QUESTION.match(words) and not line.marker:
            return True
        following = self.lines[index + 1] if index + 1 < len(self.lines) else None
        if following is None or len(words) > _SHORT_HEADING or words[-1] in ".;:,":
            return False
        if line.style == "ROMAN":
            return words[-1] not in ".;:," and len(words) <= _SHORT_HEADING
        if not line.marker and words.isupper() and len(words) > 3 and re.search(r"[^\W\d_]{3}", words):
            return following.words != "" and not words.endswith(")")
        if self.form == "resolution":
            return False
        if words[-1] == "?":
            question = not line.marker and self.has_questions
            numbered = line.style == "decimal" and not following.marker and not self.is_next_item(line)
            return (question or numbered) and following.words.rstrip()[-1:] != "?"
        if line.style == "decimal" and line.kind == "paragraph":
            return words[:1].isupper() and self.heads_more(index)
        return False

    def is_next_item(self, line: Line) -> bool:
        return any(self.same_list(opened, line) for opened in self.lists)

    def heads_more(self, index: int) -> bool:
        """Whether a numbered short line heads what follows: prose, or numbers one step deeper."""
        line, following = self.lines[index], self.lines[index + 1]
        if following.style == "decimal":
            return following.number[:-1] == line.number
        return not following.marker and following.kind != "heading" and len(following.words) > len(line.words)

    def open_heading(self, index: int) -> None:
        line = self.lines[index]
        in_list = self.form == "resolution" and self.operative is not None and not self.formula_soon(index)
        self.lists.clear()
        if in_list and self.operative is not None:
            section = self.node(line, "section", "sec")
            self.append(self.operative, section)
            self.sections = [section]
            return
        if self.form == "resolution":
            self.operative = None
        rank = self.heading_rank(line)
        self.push_section(self.node(line, "section", "sec"), rank)

    def formula_soon(self, index: int) -> bool:
        return any(at in self.formulas for at in (index + 1, index + 2))

    def heading_rank(self, line: Line) -> int:
        """Rank of a heading: by its number's parts where it has one, else by the format's level."""
        if line.style == "decimal" and (line.kind != "heading" or len(line.number) > 1):
            base = next((s.rank for s in self.sections if is_parent_number(s.num, line.number)), None)
            if base is not None:
                return base + 1
            return 100 + len(line.number) if line.kind != "heading" else 10 + line.level
        if line.kind == "heading":
            return 10 + line.level
        if line.style == "ROMAN" or line.words.isupper():
            return 90
        return 200

    def push_section(self, section: Node, rank: int) -> None:
        section.rank = rank
        while self.sections and self.sections[-1].rank >= rank:
            self.sections.pop()
        self.append(self.sections[-1] if self.sections else None, section)
        self.sections.append(section)
        self.lists.clear()

    def open_annex(self, line: Line, match: re.Match[str]) -> None:
        self.close_article()
        self.operative = None
        self.preamble = self.preamble or None
        self.form = "law" if self.form == "law" else "sections"
        self.push_section(self.numbered_node(line, match, "section", "sec"), 0)

    def open_group(self, line: Line, match: re.Match[str]) -> None:
        self.close_article()
        self.push_section(
            self.numbered_node(line, match, "section", "sec"),
            group_rank(match["word"] or match["word_after"] or match["wide"]),
        )

    def open_article(self, line: Line, match: re.Match[str]) -> None:
        self.close_article()
        node = self.numbered_node(line, match, "article", "art")
        node.root = "art"
        digits = re.search(r"\d+(?:[.\-–]\d+)*\s?[a-z]?\b", match["num"])
        node.number = digits.group().replace(" ", "").replace("–", "-") if digits else ""
        self.append(self.sections[-1] if self.sections else None, node)
        self.article = node

    def close_article(self) -> None:
        self.article = None
        self.lists.clear()

    def open_record(self) -> None:
        """The article that a record is: it owns the words of a single paragraph, else only groups its parts."""
        document = self.document
        node = Node("article", "art", 0, 0, num=document.number or None, root="art")
        digits = re.search(r"\d+(?:[.\-–]\d+)*\s?[a-z]?\b", document.number)
        node.number = digits.group().replace(" ", "").replace("–", "-") if digits else ""
        self.tree.append(node)
        self.article = node
        if len(self.lines) == 1 and not self.lines[0].marker and self.lines[0].kind == "paragraph":
            node.start, node.end, node.words = self.lines[0].start, self.lines[0].end, self.lines[0].words
            self.lines = []

    # -- parts of a resolution ------------------------------------------------------------------------------------

    def open_preamble(self) -> Node:
        if self.preamble is None:
            position = self.tree[-1].end if self.tree else 0
            self.preamble = Node("other", "preamble", position, position)
            self.tree.append(self.preamble)
        return self.preamble

    def hang_formula(self, line: Line, holder: Node) -> None:
        self.lists.clear()
        self.append(holder, self.node(line, "formula", "formula"))

    def open_operative(self, line: Line | None) -> None:
        self.operatives += 1
        self.closed = False
        self.paragraph_number = 0
        name = "op" if self.operatives == 1 else f"op{self.operatives}"
        self.operative = Node("operative", name, 0, 0, root=name)
        self.append(self.sections[-1] if self.sections else None, self.operative)
        self.lists.clear()
        self.bare_items = False
        if line is not None:
            self.hang_formula(line, self.operative)

    def bare_item(self, line: Line) -> None:
        assert self.operative is not None
        self.bare_items = True
        holder = self.item_holder()
        self.append(holder, self.node(line, "item", "item"))

    def item_holder(self) -> Node:
        if self.sections and self.operative is not None and self.sections[-1] in self.operative.children:
            return self.sections[-1]
        assert self.operative is not None
        return self.operative

    # -- lists ----------------------------------------------------------------------------------------------------

    def take_item(self, line: Line, base: Node | None = None) -> None:
        """Hang a marked line on the list it continues, or open a list: below the last item, or at the base."""
        if base is None and self.operative is not None:
            base = self.item_holder()
        self.close_lists(line)
        self.bare_items = False
        things = False
        if self.lists and self.same_list(self.lists[-1], line):
            current = self.lists[-1]
            holder, depth, things = current.holder, current.depth, current.things
            self.lists.pop()
        elif self.lists:
            outer = self.lists[-1]
            holder, depth = outer.item, outer.depth + 1
            things = (outer.style, outer.glyph, outer.level) == (line.style, line.glyph, line.level)
        else:
            holder, depth = base, 0
        node = self.item_node(line, holder, depth)
        self.append(holder, node)
        self.lists.append(
            OpenList(line.style, line.glyph, line.level, depth, line.number[:-1], line.number, holder, node, things)
        )

    def close_lists(self, line: Line) -> None:
        """Pop the lists that a line ends: it goes on with an outer one."""
        same = [at for at, opened in enumerate(self.lists) if self.same_list(opened, line)]
        # 8 after 7, not after the 3 of a list inside 7
        nexts = [at for at in same if line.number and line.number[-1] == self.lists[at].last[-1] + 1]
        if same:
            del self.lists[(nexts or same)[-1] + 1 :]
            return
        if line.style == "decimal" and len(line.number) > 1:
            for at in range(len(self.lists) - 1, -1, -1):
                opened = self.lists[at]
                if opened.style == "decimal" and opened.last == line.number[:-1]:
                    del self.lists[at + 1 :]
                    return
            self.lists.clear()
        elif line.style == "decimal" and self.lists and self.lists[0].style == "decimal" and not self.colon_open():
            self.lists.clear()
        elif line.kind == "item" and self.lists and line.level < self.lists[-1].level:
            while self.lists and self.lists[-1].level > line.level:
                self.lists.pop()
            if self.lists:
                self.lists.pop()

    def colon_open(self) -> bool:
        return bool(self.lists) and self.lists[-1].item.words.rstrip().endswith(":")

    def same_list(self, opened: OpenList, line: Line) -> bool:
        """Whether a line is the next item of an open list."""
        if (opened.style, opened.glyph) != (line.style, line.glyph):
            return False
        if line.style == "dash":
            if line.level != opened.level or (opened.things and INFINITIVE.match(line.words)):
                return False
            return not self.opens_inner_dashes(opened, line)
        if line.style == "decimal" and line.number[:-1] != opened.prefix:
            return False
        return line.number[-1] > opened.last[-1]

    def opens_inner_dashes(self, opened: OpenList, line: Line) -> bool:
        """Whether equal dashes open a list inside the last item: things after the colon of an act.

        The inner list ends where an act follows again; where both hold acts nothing tells them apart: one list.
        """
        if opened is not self.lists[-1] or not opened.item.words.rstrip().endswith(":"):
            return False
        if line.kind == "item" and line.level != opened.level:
            return False
        outer_acts = bool(INFINITIVE.match(opened.item.words))
        return outer_acts and not INFINITIVE.match(line.words) and not line.words.rstrip().endswith(":")

    def item_node(self, line: Line, holder: Node | None, depth: int) -> Node:
        name = "item"
        root = ""
        if (
            depth == 0
            and self.article is not None
            and holder is self.article
            and line.style in ("decimal", "number)", "(number)")
        ):
            name = "para"
        node = self.node(line, "item", name)
        if depth == 0 and self.operative is not None and line.style in ("decimal", "number)", "ROMAN", "(number)"):
            root = self.operative.name
            node.number = ".".join(str(part) for part in line.number)
            self.paragraph_number = line.number[0] if line.style == "decimal" else 0
        node.root = root
        return node

    # -- nodes ----------------------------------------------------------------------------------------------------

    def node(self, line: Line, kind: ProvisionKind, name: str, root: str = "") -> Node:
        number = str(line.number[-1]) if line.number and line.style in ("decimal", "number)", "(number)") else ""
        num = line.marker if line.number else None
        if line.style == "dash" and re.search(r"\w", line.marker):
            num = line.marker
        return Node(kind, name, line.start, line.end, line.marker, num, number, root, words=line.words)

    def paragraph_node(self, line: Line, name: str = "p") -> Node:
        node = self.node(line, "other", name)
        node.number = ""
        return node

    def numbered_node(self, line: Line, match: re.Match[str], kind: ProvisionKind, name: str) -> Node:
        """A node whose marker is a word and a number ("Глава 3."), its words the title after it."""
        at = match.start("rest")
        rest = match["rest"]
        while rest and rest[0] in " \t\u00a0.:–—-":
            rest, at = rest[1:], at + 1
        marker = line.words[:at].rstrip()
        start = line.start + (at if rest else len(marker))
        return Node(kind, name, start, line.end if rest else start, marker, match["num"].rstrip(), words=rest)

    def innermost(self) -> Node | None:
        if self.lists:
            return self.lists[-1].item
        return self.article or self.operative or (self.sections[-1] if self.sections else None)

    def hang(self, node: Node, holder: Node | None = None) -> None:
        """Hang a node on its holder, else on the innermost thing that is open."""
        holder = (
            holder or self.innermost() or (self.preamble if self.preamble is not None and not self.operatives else None)
        )
        self.append(holder, node)

    def append(self, holder: Node | None, node: Node) -> None:
        """Put a node last below its holder; where something stands after the holder already, beside that instead.

        Only holders on the tree's last branch can take a node without breaking the reading order.
        """
        branch = self.tree
        while holder is not None and branch and branch[-1] is not holder:
            branch = branch[-1].children
        (holder.children if holder is not None and branch else self.tree).append(node)
