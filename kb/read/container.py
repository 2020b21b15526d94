"""Zip containers and the XML inside them, opened without trusting what they declare."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

from lxml import etree

from kb.errors import UnreadableFile

__all__ = ["LOCKED", "is_ole", "members", "open_container", "parse_xml", "part_names", "read_member"]

LOCKED = "is protected by a password: put it in the setting `passwords` (KB_PASSWORDS), or save the file without one"

_TOTAL_LIMIT = 200 * 2**20  # bytes unpacked; the largest sound office file met has 60 MB
_RATIO_LIMIT = 200  # unpacked to packed; text compresses to about a tenth
_RATIO_FROM = 20 * 2**20  # bytes; below it a ratio says nothing
_MEMBER_LIMIT = 10_000
_CENTRAL_ENTRY = b"PK\x01\x02"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = 1  # flag of a member


def is_ole(data: bytes) -> bool:
    """Whether `data` is a compound file: an old Word document, or an encrypted new one."""
    return data.startswith(_OLE)


def open_container(data: bytes, passwords: Sequence[str] = ()) -> zipfile.ZipFile:
    """The zip file in `data`, its declared sizes checked before anything is unpacked, its password set.

    Raises UnreadableFile: "damaged", "encrypted" where none of `passwords` fits, "too-large" for a bomb.
    """
    container = _open(data)
    entries = container.infolist()
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > _TOTAL_LIMIT:
        raise UnreadableFile("too-large", f"would unpack to {total // 2**20} MiB in {len(entries)} parts")
    if total > _RATIO_FROM and total > _RATIO_LIMIT * max(packed, 1):
        raise UnreadableFile("too-large", f"would unpack to {total // max(packed, 1)} times its size")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if any(entry.header_offset + entry.compress_size > after.header_offset for entry, after in pairwise(ordered)):
        raise UnreadableFile("damaged", "its parts lie over one another")
    _unlock(container, passwords)
    return container


def _open(data: bytes) -> zipfile.ZipFile:
    """The zip file, its parts counted before zipfile makes an object of each. Raises UnreadableFile."""
    count = data.count(_CENTRAL_ENTRY)
    if count > _MEMBER_LIMIT:
        raise UnreadableFile("too-large", f"has {count} parts, more than {_MEMBER_LIMIT}")
    try:
        return zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFile("damaged", f"is no readable zip container ({error})") from error


def part_names(data: bytes) -> frozenset[str]:
    """Names of the parts of the zip file in `data`, none where it is broken. Raises UnreadableFile("too-large")."""
    try:
        with _open(data) as container:
            return members(container)
    except UnreadableFile as error:
        if error.reason == "damaged":
            return frozenset()
        raise


def _unlock(container: zipfile.ZipFile, passwords: Sequence[str]) -> None:
    """Set the password that opens the smallest encrypted part. Raises UnreadableFile("encrypted")."""
    encrypted = [entry for entry in container.infolist() if entry.flag_bits & _ENCRYPTED]
    if not encrypted:
        return
    smallest = min(encrypted, key=lambda entry: entry.file_size)
    for password in passwords:
        container.setpassword(password.encode("utf-8"))
        try:
            with container.open(smallest) as part:
                part.read(smallest.file_size + 1)
        except NotImplementedError as error:  # AES, which zipfile does not read
            raise UnreadableFile(
                "encrypted", "is encrypted in a way that is not read: save it without a password"
            ) from error
        except (RuntimeError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError):
            continue
        return
    raise UnreadableFile("encrypted", LOCKED)


def members(container: zipfile.ZipFile) -> frozenset[str]:
    """Names of the parts."""
    return frozenset(container.namelist())


def read_member(container: zipfile.ZipFile, name: str) -> bytes:
    """Bytes of a part. Raises UnreadableFile("damaged") where it is missing or broken."""
    try:
        size = container.getinfo(name).file_size
        with container.open(name) as part:
            content = part.read(size + 1)  # never more than declared: without a number all would be unpacked, then cut
            if len(content) != size or part.read(1):
                raise UnreadableFile("damaged", f"its part {name!r} is not of the size that it declares")
            return content
    except KeyError as error:
        raise UnreadableFile("damaged", f"lacks its part {name!r}") from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFile("damaged", f"its part {name!r} cannot be unpacked ({error})") from error


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Root of an XML part. Raises UnreadableFile("damaged") for broken XML and for XML that declares entities."""
    if b"<!ENTITY" in data:
        raise UnreadableFile("damaged", f"its part {name!r} declares entities, which are not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile("damaged", f"its part {name!r} is no readable XML ({error})") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise UnreadableFile("damaged", f"its part {name!r} declares entities, which are not read")
    return root
