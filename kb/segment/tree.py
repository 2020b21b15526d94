"""The tree of a document's parts while it grows, and its provisions with Akoma Ntoso's ids when it is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.model import Document, Provision, ProvisionKind, page_at

__all__ = ["Node", "provisions_of"]


@dataclass(slots=True)
class Node:
    """A provision while the tree grows. `key` is its part of the eid, "" for a default by kind."""

    kind: ProvisionKind
    name: str
    start: int
    end: int
    marker: str = ""
    num: str | None = None
    number: str = ""  # for the eid, where the document shows an Arabic one
    root: str = ""  # eid without the parent's, for op_1 below "op"
    rank: int = 0
    words: str = ""
    children: list[Node] = field(default_factory=list)


def provisions_of(document: Document, tree: list[Node]) -> Iterator[Provision]:
    """A finished tree as provisions in reading order; a part that only groups others is empty."""
    used: set[str] = set()
    position = 0
    stack: list[tuple[Node, str | None, str, int, int]] = []

    def push(nodes: list[Node], parent: str | None, level: int) -> None:
        counts: dict[str, int] = {}
        named: dict[str, int] = {}
        rows = []
        for node in nodes:
            counts[node.kind] = counts.get(node.kind, 0) + 1
            named[node.name] = named.get(node.name, 0) + 1
            rows.append((node, parent, _suffix(node, named[node.name]), counts[node.kind], level))
        stack.extend(reversed(rows))

    push(tree, None, 0)
    roots: dict[str, int] = {}
    while stack:
        node, parent, suffix, ordinal, level = stack.pop()
        eid = _eid(node, parent, suffix, roots)
        while eid in used:
            roots[eid] = roots.get(eid, 1) + 1
            eid = f"{eid}-{roots[eid]}"
        used.add(eid)
        start, end = (node.start, node.end) if node.start >= position else (position, position)
        if start == end and not node.marker:
            start = end = position = _next_visible(document.text, position)
        position = max(position, end)
        yield Provision(
            eid=eid,
            kind=node.kind,
            parent=parent,
            num=node.num,
            marker=node.marker,
            ordinal=ordinal,
            level=level,
            start=start,
            end=end,
            page=page_at(document.pages, start),
        )
        push(node.children, eid, level + 1)


def _next_visible(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _suffix(node: Node, place: int) -> str:
    if node.name in ("preface", "preamble") or node.kind == "operative" or (node.name == "formula" and place == 1):
        return node.name
    number = re.sub(r"[^A-Za-z0-9.\-]", "", node.number)
    return f"{node.name}_{number or place}"


def _eid(node: Node, parent: str | None, suffix: str, roots: dict[str, int]) -> str:
    """Akoma Ntoso's eid: articles, recitals, operative paragraphs count through the document, others below a parent."""
    if node.kind == "operative" or parent is None:
        return suffix
    if node.kind == "recital":
        roots["rec"] = roots.get("rec", 0) + 1
        return f"rec_{roots['rec']}"
    if node.kind == "article":
        return suffix
    if node.root:
        return f"{node.root}_{node.number}"
    return f"{parent}__{suffix}"
