"""Zip containers and the XML inside them, opened without trusting what they declare."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from lxml import etree

from kb.errors import UnreadableFile

__all__ = ["is_ole", "members", "open_container", "parse_xml", "read_member"]

_TOTAL_LIMIT = 200 * 2**20  # bytes unpacked; the largest sound office file met has 60 MB
_RATIO_LIMIT = 200  # unpacked to packed; text compresses to about a tenth
_RATIO_FROM = 20 * 2**20  # bytes; below it a ratio says nothing
_MEMBER_LIMIT = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_ole(data: bytes) -> bool:
    """Whether `data` is a compound file: an old Word document, or an encrypted new one."""
    return data.startswith(_OLE)


def open_container(data: bytes) -> zipfile.ZipFile:
    """The zip file in `data`, its declared sizes checked before anything is unpacked.

    Raises UnreadableFile: "damaged" for no zip file, "encrypted", "too-large" for a bomb.
    """
    try:
        container = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFile("damaged", f"is no readable zip container ({error})") from error
    entries = container.infolist()
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MEMBER_LIMIT or total > _TOTAL_LIMIT:
        raise UnreadableFile("too-large", f"would unpack to {total // 2**20} MiB in {len(entries)} parts")
    if total > _RATIO_FROM and total > _RATIO_LIMIT * max(packed, 1):
        raise UnreadableFile("too-large", f"would unpack to {total // max(packed, 1)} times its size")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile("encrypted", "is protected by a password: save it without one")
    return container


def members(container: zipfile.ZipFile) -> frozenset[str]:
    """Names of the parts."""
    return frozenset(container.namelist())


def read_member(container: zipfile.ZipFile, name: str) -> bytes:
    """Bytes of a part. Raises UnreadableFile("damaged") where it is missing or broken."""
    try:
        return container.read(name)
    except KeyError as error:
        raise UnreadableFile("damaged", f"lacks its part {name!r}") from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableFile("damaged", f"its part {name!r} cannot be unpacked ({error})") from error


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Root of an XML part. Raises UnreadableFile("damaged") for broken XML and for any document type declaration."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile("damaged", f"its part {name!r} is no readable XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile("damaged", f"its part {name!r} declares entities, which are not read")
    return root
