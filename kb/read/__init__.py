"""Files to Documents: text in reading order, pages, and what the text states about itself."""

from kb.read.document import READER_VERSION, SUFFIXES, document_id, read_document
from kb.read.ocr import OCR_VERSION, ocr_fingerprint
from kb.read.pool import ReaderPool
from kb.read.records import read_records
from kb.read.scans import ReadFile, read_with_ocr
from kb.read.wire import document_from_json, document_to_json

__all__ = [
    "OCR_VERSION",
    "READER_VERSION",
    "SUFFIXES",
    "ReadFile",
    "ReaderPool",
    "document_from_json",
    "document_id",
    "document_to_json",
    "ocr_fingerprint",
    "read_document",
    "read_records",
    "read_with_ocr",
]
