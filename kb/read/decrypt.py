"""Protected office files opened with the passwords given: Word's compound files and OpenDocument's encrypted parts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.parsers.expat import ExpatError

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from lxml import etree
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
from msoffcrypto.format.ooxml import OOXMLFile

from kb.errors import UnreadableFile
from kb.read.container import LOCKED, members, parse_xml, read_member

try:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:  # before cryptography 47
    from cryptography.hazmat.primitives.ciphers.modes import CFB

__all__ = ["decrypt_odf", "decrypt_ooxml"]

_STANDARD = "VelvetSweatshop"  # what Office itself tries: files of protected structure are encrypted with it
_MANIFEST = "META-INF/manifest.xml"
_READ = ("content.xml", "styles.xml", "meta.xml", "encrypted-package")
_UNPACKED_LIMIT = 200 * 2**20  # bytes of a part
_UNKNOWN = "is encrypted in a way that is not read: save it without a password"
# What the library lets through of what a broken file does to the parsers it uses.
_BROKEN = (
    *(FileFormatError, ParseError, ExpatError, struct.error, OSError, ValueError, LookupError, TypeError),
    *(AttributeError, UnboundLocalError),
)


def decrypt_ooxml(data: bytes, passwords: Sequence[str]) -> bytes:
    """The zip container inside a protected Word document.

    Raises UnreadableFile: "encrypted" where no password fits, "damaged".
    """
    opened = BytesIO()
    try:
        file = OOXMLFile(BytesIO(data))
        for password in filter(None, (_STANDARD, *passwords)):
            try:
                file.load_key(password=password, verify_password=True)
                file.decrypt(opened)
            except InvalidKeyError:
                continue
            return opened.getvalue()
    except DecryptionError as error:
        raise UnreadableFile("encrypted", _UNKNOWN) from error
    except _BROKEN as error:
        raise UnreadableFile("damaged", f"is protected, and broken ({type(error).__name__}: {error})") from error
    raise UnreadableFile("encrypted", LOCKED)


def decrypt_odf(container: zipfile.ZipFile, passwords: Sequence[str]) -> bytes | None:
    """A plain container with the parts that are read, None where none of them is encrypted.

    Passwords are tried after the empty one. Raises UnreadableFile: "encrypted", "too-large", "damaged".
    """
    names = members(container)
    if _MANIFEST not in names:
        return None
    manifest = read_member(container, _MANIFEST)
    if b"encryption-data" not in manifest:
        return None
    locked = {
        _attribute(entry, "full-path"): entry
        for entry in parse_xml(manifest, _MANIFEST).iter("{*}file-entry")
        if entry.find("{*}encryption-data") is not None
    }
    parts: dict[str, bytes] = {}
    for name in _READ:
        if name not in names:
            continue
        packed = read_member(container, name)
        parts[name] = _open_part(packed, locked[name], passwords) if name in locked else packed
    if "encrypted-package" in parts:
        return parts["encrypted-package"]
    plain = BytesIO()
    with zipfile.ZipFile(plain, "w") as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return plain.getvalue()


def _open_part(data: bytes, entry: etree._Element, passwords: Sequence[str]) -> bytes:
    """An encrypted part in plain. Raises UnreadableFile."""
    try:
        for password in ("", *passwords):
            packed = _decrypted(data, entry, password)
            if packed is None:
                continue
            unpack = zlib.decompressobj(-15)
            content = unpack.decompress(packed, _UNPACKED_LIMIT)
            if unpack.unconsumed_tail:
                raise UnreadableFile("too-large", f"would unpack to more than {_UNPACKED_LIMIT // 2**20} MiB")
            return content
    except (zlib.error, binascii.Error, ValueError, StopIteration) as error:
        raise UnreadableFile("damaged", f"is protected, and broken ({error})") from error
    raise UnreadableFile("encrypted", LOCKED)


def _decrypted(data: bytes, entry: etree._Element, password: str) -> bytes | None:
    """The deflated part, None where the password does not fit (ODF 1.3 part 2, 4.8; LibreOffice's extension of it)."""
    information = next(entry.iter("{*}encryption-data"))
    algorithm = _child(entry, "algorithm")
    cipher = _attribute(algorithm, "algorithm-name").lower()
    vector = base64.b64decode(_attribute(algorithm, "initialisation-vector"))
    start = _attribute(_child(entry, "start-key-generation"), "start-key-generation-name").lower()
    first = (hashlib.sha256 if "sha256" in start else hashlib.sha1)(password.encode("utf-8")).digest()
    key = _derived(first, _child(entry, "key-derivation"))
    if cipher.endswith("aes256-gcm"):
        try:
            return AESGCM(key).decrypt(vector, data.removeprefix(vector), None)
        except InvalidTag:
            return None
    if cipher.endswith("aes256-cbc"):
        reader = Cipher(AES(key), CBC(vector)).decryptor()
    elif "blowfish" in cipher:
        reader = Cipher(Blowfish(key), CFB(vector)).decryptor()
    else:
        raise UnreadableFile("encrypted", _UNKNOWN)
    packed = reader.update(data) + reader.finalize()
    if cipher.endswith("cbc"):
        packed = packed[: -packed[-1]] if packed else b""
    checksum = base64.b64decode(_attribute(information, "checksum"))
    digest = hashlib.sha256 if "sha256" in _attribute(information, "checksum-type").lower() else hashlib.sha1
    return packed if digest(packed[:1024]).digest() == checksum else None


def _derived(first: bytes, derivation: etree._Element) -> bytes:
    name = _attribute(derivation, "key-derivation-name").lower()
    salt = base64.b64decode(_attribute(derivation, "salt"))
    size = _number(derivation, "key-size", 16)
    if name.endswith("pbkdf2"):
        return hashlib.pbkdf2_hmac("sha1", first, salt, _number(derivation, "iteration-count", 1024), size)
    if name.endswith("argon2id"):
        return Argon2id(
            salt=salt,
            length=size,
            iterations=_number(derivation, "argon2-iterations", 3),
            lanes=_number(derivation, "argon2-lanes", 4),
            memory_cost=_number(derivation, "argon2-memory", 65536),
        ).derive(first)
    raise UnreadableFile("encrypted", _UNKNOWN)


def _child(entry: etree._Element, name: str) -> etree._Element:
    """Raises ValueError where it is missing."""
    found: Iterator[etree._Element] = entry.iter("{*}" + name)
    for child in found:
        return child
    raise ValueError(f"its manifest lacks {name}")


def _attribute(element: etree._Element, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def _number(element: etree._Element, name: str, default: int) -> int:
    text = _attribute(element, name)
    return int(text) if re.fullmatch(r"\d{1,9}", text) else default
