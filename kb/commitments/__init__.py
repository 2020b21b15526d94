"""Resolutions → commitments: who is to do what, for whom, by when, and where it is said."""

from typing import Final

from kb.commitments.extract import extract
from kb.commitments.lexicons import digest
from kb.commitments.model import ACTS, Commitment, Deadline, Party, Recurrence, Span, Strength
from kb.commitments.parties import Parties

__all__ = [
    "ACTS",
    "COMMITMENTS_VERSION",
    "Commitment",
    "Deadline",
    "Parties",
    "Party",
    "Recurrence",
    "Span",
    "Strength",
    "extract",
]

# The number is raised whenever the grammars make other records of the same text.
COMMITMENTS_VERSION: Final = f"4-{digest()}"
