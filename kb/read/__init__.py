"""Files to Documents: text in reading order, pages, and what the text states about itself."""

from kb.read.document import READER_VERSION, SUFFIXES, document_id, read_document
from kb.read.pool import ReaderPool
from kb.read.records import read_records
from kb.read.wire import document_from_json, document_to_json

__all__ = [
    "READER_VERSION",
    "SUFFIXES",
    "ReaderPool",
    "document_from_json",
    "document_id",
    "document_to_json",
    "read_document",
    "read_records",
]
