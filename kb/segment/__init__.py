"""Document → provisions → passages."""

from kb.segment.passages import SEGMENT_VERSION, passages, segment
from kb.segment.structure import structure

__all__ = ["SEGMENT_VERSION", "passages", "segment", "structure"]
