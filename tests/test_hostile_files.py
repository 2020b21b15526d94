"""Hostile files through the real reading processes: bombs, loops, encryption, mutations; each ends in an answer."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import random
import struct
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import get_args

import docx
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from ebooklib import epub
from fpdf import FPDF
from msoffcrypto.format.ooxml import OOXMLFile
from odf.opendocument import OpenDocumentText
from odf.text import H, P

from kb.errors import Reason, UnreadableFile
from kb.read import ReaderPool, read_document
from kb.read.decrypt import CFB

REASONS = frozenset(get_args(Reason))
MIB = 2**20
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PASSWORD = "пароль 1"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool() as pool:
        yield pool


def outcome(pool: ReaderPool, path: Path) -> str:
    """The reason, or "read"; a refusal says why on one line."""
    refusal = None
    try:
        pool.read(path, document_id="x", relative=path.name)
    except UnreadableFile as error:
        refusal = error
    assert refusal is None or len(str(refusal).splitlines()) == 1
    return refusal.reason if refusal else "read"


# Files to start from


def zipped(parts: dict[str, bytes | str], packed: bool = True) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return buffer.getvalue()


def raw_zip(parts: Sequence[tuple[bytes, bytes, int, int]], flags: int = 0, crc: int = 0, apart: bool = True) -> bytes:
    """A zip file of (name, packed bytes, method, size it claims); the parts share its bytes if not apart."""
    body, central = bytearray(), bytearray()
    offset = 0
    for name, data, method, size in parts:
        fields = struct.pack("<HHHHHLLLHH", 20, flags, method, 0, 0, crc, len(data), size, len(name), 0)
        if apart or not body:
            offset = len(body)
            body += b"PK\x03\x04" + fields + name + data
        central += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, offset) + name
    count = min(len(parts), 0xFFFE)
    return (
        bytes(body + central) + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, count, count, len(central), len(body), 0)
    )


def squeezed_zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros, deflated: one megabyte and its repetitions."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (squeeze.compress(bytes(MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)) * megabytes + b"\x03\x00"


def zlib_zeros(megabytes: int) -> bytes:
    size = megabytes * MIB
    return b"\x78\x9c" + squeezed_zeros(megabytes) + struct.pack(">HH", size % 65521, 1)


def word(body: str | bytes, **more: bytes) -> bytes:
    """A Word document of a body, and parts."""
    text = body if isinstance(body, bytes) else body.encode()
    parts: dict[str, bytes | str] = {"word/document.xml": b"<w:document %s><w:body>" % W.encode() + text}
    parts["word/document.xml"] += b"</w:body></w:document>"  # type: ignore[operator]
    return zipped(parts | {f"word/{name}": content for name, content in more.items()})


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Programme of work", 1)
    for number in range(8):
        document.add_paragraph(f"Item {number} of the programme, adopted by all.", style="List Number")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "cell"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def odt_file() -> bytes:
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Programme of work"))
    for number in range(8):
        document.text.addElement(P(text=f"Item {number} of the programme, adopted by all."))
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


def epub_file() -> bytes:
    book = epub.EpubBook()
    book.set_identifier("x")
    book.set_title("Programme of work")
    chapter = epub.EpubHtml(title="One", file_name="one.xhtml", content="<h1>One</h1>" + "<p>A clause.</p>" * 9)
    book.add_item(chapter)
    book.spine = [chapter]
    book.add_item(epub.EpubNcx())
    buffer = io.BytesIO()
    epub.write_epub(buffer, book)
    return buffer.getvalue()


def pdf_file(password: str = "") -> bytes:
    document = FPDF()
    document.set_font("Helvetica", size=11)
    for page in range(3):
        document.add_page()
        for number in range(8):
            document.multi_cell(0, 6, f"Page {page}, item {number} of the programme, adopted by all.")
            document.ln()
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    return bytes(document.output())


RTF = (
    rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Times;}}{\stylesheet{\s1 Heading;}}\pard\b\f0 Title\b0\par"
    rb"{\listtext 1.\tab}\'cf\'f0\'e0\'e2\'e0\par text {\footnote note} \u1087? {\field{\*\fldinst X}{\fldrslt y}}\par"
    rb"\trowd\intbl a\cell b\cell\row\pard{\pict\bin4 abcd}end\par}"
)
HTML = (
    "<!DOCTYPE html><html><head><meta charset=utf-8><title>T</title><style>.a{vertical-align:super}</style></head>"
    "<body><h1>Заголовок</h1><p>Текст <b>важный</b><sup>1</sup>.<ol start=3><li>раз<li>два</ol>"
    "<table><tr><td>a<td>b</table>"
).encode()
MARKDOWN = (
    "---\ntitle: T\n---\n# Heading\n\nText *one*.[^1]\n\n1. a\n2. b\n   - c\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "[^1]: N\n"
)
TEXT = "ЗАГОЛОВОК\n\nПервый пункт решения, принятый всеми участниками;\n- второй\n- третий\n" * 4


# Encryption


def test_encrypted_pdfs_and_word_documents_open_with_their_password(tmp_path: Path) -> None:
    standard = io.BytesIO()
    OOXMLFile(io.BytesIO(word_file())).encrypt("VelvetSweatshop", standard)
    files = {"a.docx": locked_word(), "standard.docx": standard.getvalue(), "a.pdf": pdf_file("secret")}
    for name, data in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        document = read_document(path, document_id="x", relative=name, passwords=[PASSWORD, "secret"])
        assert "adopted by all" in document.text
    for name in ("a.docx", "a.pdf"):
        with pytest.raises(UnreadableFile) as caught:
            read_document(tmp_path / name, document_id="x", relative=name)
        assert caught.value.reason == "encrypted"


@lru_cache(1)
def locked_word() -> bytes:
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(word_file())).encrypt(PASSWORD, locked)
    return locked.getvalue()


def test_a_word_document_whose_encryption_is_broken_is_damaged(tmp_path: Path, pool: ReaderPool) -> None:
    data = locked_word()
    (tmp_path / "a.docx").write_bytes(data[: len(data) // 2])
    assert outcome(pool, tmp_path / "a.docx") in ("damaged", "encrypted")
    (tmp_path / "b.docx").write_bytes(data.replace(b"spinCount", b"spinCuont"))
    assert outcome(pool, tmp_path / "b.docx") == "damaged"


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def locked_odt(cipher: str, password: str) -> bytes:
    """An OpenDocument text whose parts are encrypted, as OpenOffice and LibreOffice (cbc; gcm) do it."""
    content = zipfile.ZipFile(io.BytesIO(odt_file())).read("content.xml")
    plain = odt_file() if cipher == "gcm" else content
    name = "encrypted-package" if cipher == "gcm" else "content.xml"
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeeze.compress(plain) + squeeze.flush()
    sha256 = cipher != "blowfish"
    first = (hashlib.sha256 if sha256 else hashlib.sha1)(password.encode()).digest()
    salt = bytes(range(16))
    vector = bytes(range({"blowfish": 8, "cbc": 16, "gcm": 12}[cipher]))
    checksum = (hashlib.sha256 if sha256 else hashlib.sha1)(packed[:1024]).digest()
    size = 32 if sha256 else 16
    derivation = f'manifest:key-size="{size}" manifest:salt="{coded(salt)}" manifest:key-derivation-name='
    if cipher == "gcm":
        key = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=8192).derive(first)
        data = vector + AESGCM(key).encrypt(vector, packed, None)
        algorithm = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
        derivation += '"urn:org:documentfoundation:names:experimental:office:manifest:argon2id" loext:argon2-lanes="4"'
        derivation += ' loext:argon2-iterations="3" loext:argon2-memory="8192"'
    else:
        key = hashlib.pbkdf2_hmac("sha1", first, salt, 2000, size)
        derivation += '"PBKDF2" manifest:iteration-count="2000"'
        if cipher == "cbc":
            writer = Cipher(AES(key), CBC(vector)).encryptor()
            algorithm = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
            filler = 16 - len(packed) % 16
            packed += bytes([0] * (filler - 1) + [filler])
        else:
            writer = Cipher(Blowfish(key), CFB(vector)).encryptor()
            algorithm = "Blowfish CFB"
        data = writer.update(packed) + writer.finalize()
    start = "http://www.w3.org/2000/09/xmldsig#sha256" if sha256 else "SHA1"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" xmlns:loext='
        '"urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0">'
        f'<manifest:file-entry manifest:full-path="{name}" manifest:size="{len(plain)}"><manifest:encryption-data '
        f'manifest:checksum-type="{"urn:x#sha256-1k" if sha256 else "SHA1/1K"}" manifest:checksum="{coded(checksum)}">'
        f'<manifest:algorithm manifest:algorithm-name="{algorithm}" manifest:initialisation-vector="{coded(vector)}"/>'
        f"<manifest:key-derivation {derivation}/><manifest:start-key-generation "
        f'manifest:start-key-generation-name="{start}"/></manifest:encryption-data></manifest:file-entry>'
        "</manifest:manifest>"
    )
    parts: dict[str, bytes | str] = {"mimetype": "application/vnd.oasis.opendocument.text", name: data}
    return zipped(parts | {"META-INF/manifest.xml": manifest}, packed=False)


@pytest.mark.parametrize("cipher", ["blowfish", "cbc", "gcm"])
def test_encrypted_opendocument_texts_open_with_their_password(tmp_path: Path, cipher: str) -> None:
    path = tmp_path / "a.odt"
    path.write_bytes(locked_odt(cipher, PASSWORD))
    document = read_document(path, document_id="x", relative="a.odt", passwords=["wrong", PASSWORD])
    assert document.text.splitlines()[1] == "Item 0 of the programme, adopted by all."
    for passwords in ((), ("wrong",)):
        with pytest.raises(UnreadableFile, match="KB_PASSWORDS") as caught:
            read_document(path, document_id="x", relative="a.odt", passwords=passwords)
        assert caught.value.reason == "encrypted"
    path.write_bytes(locked_odt(cipher, ""))
    assert read_document(path, document_id="x", relative="a.odt").text.count("adopted") == 8


def zip_cipher(data: bytes, password: bytes) -> bytes:
    """PKWARE's old cipher, which zipfile reads and does not write (APPNOTE 6.1)."""
    table = [0] * 256
    for start in range(256):
        value = start
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table[start] = value
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = table[(keys[0] ^ byte) & 255] ^ (keys[0] >> 8)
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = table[(keys[2] ^ (keys[1] >> 24)) & 255] ^ (keys[2] >> 8)

    for byte in password:
        update(byte)
    written = bytearray()
    for byte in data:
        key = keys[2] | 2
        written.append(byte ^ ((key * (key ^ 1) >> 8) & 255))
        update(byte)
    return bytes(written)


def test_zip_encryption_opens_with_its_password(tmp_path: Path) -> None:
    body = f"<w:document {W}><w:body><w:p><w:r><w:t>secret clause</w:t></w:r></w:p></w:body></w:document>".encode()
    crc = zlib.crc32(body)
    data = zip_cipher(bytes(11) + bytes([crc >> 24]) + body, PASSWORD.encode())
    path = tmp_path / "a.docx"
    path.write_bytes(raw_zip([(b"word/document.xml", data, 0, len(body))], flags=1, crc=crc))
    passwords = ["wrong", PASSWORD]
    assert read_document(path, document_id="x", relative="a", passwords=passwords).text == "secret clause"
    with pytest.raises(UnreadableFile, match="KB_PASSWORDS"):
        read_document(path, document_id="x", relative="a", passwords=["wrong"])
    path.write_bytes(raw_zip([(b"word/document.xml", data, 99, len(body))], flags=1, crc=crc))  # AES
    with pytest.raises(UnreadableFile) as caught:
        read_document(path, document_id="x", relative="a", passwords=passwords)
    assert caught.value.reason == "encrypted"


# Bombs


def zeros(name: str) -> bytes:
    return raw_zip([(name.encode(), squeezed_zeros(1024), 8, 1024 * MIB)])


def laughs(depth: int = 12) -> str:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth))
    return f'<!DOCTYPE b [<!ENTITY l0 "ha ha ha">{lines}]>'


def word_xml(xml: str | bytes) -> bytes:
    return zipped({"word/document.xml": xml})


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out) + b"trailer << /Size %d %s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)


def pdf_page(content: bytes, filters: bytes) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    stream = b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(content), filters, content)
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, stream])


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
DEEP = 1_000_000
SHEET = zipped({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 30 * MIB})

# Refused before anything is unpacked or built: what the reading process then needs stays near what it had.
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zeros in a docx": ("a.docx", lambda: zeros("word/document.xml"), "too-large"),
    "zeros in an odt": ("a.odt", lambda: zeros("content.xml"), "too-large"),
    "zeros in an epub": ("a.epub", lambda: zeros("META-INF/container.xml"), "too-large"),
    "a size that lies": (
        "a.docx",
        lambda: raw_zip([(b"word/document.xml", squeezed_zeros(1024), 8, 100)]),
        "damaged",
    ),
    "a hundred thousand parts": (
        "a.docx",
        lambda: raw_zip([(b"word/document.xml", b"", 0, 0)] * 100_000, apart=False),
        "too-large",
    ),
    "parts over one another": (
        "a.docx",
        lambda: raw_zip([(b"word/document.xml", squeezed_zeros(1), 8, MIB)] * 15, apart=False),
        "damaged",
    ),
    "a workbook and a zip inside": (
        "a.docx",
        lambda: zipped({"word/embeddings/a.xlsx": SHEET, "word/a.zip": zipped({"b.zip": SHEET})}),
        "damaged",
    ),
    "billion laughs": (
        "a.docx",
        lambda: word_xml(f"{laughs()}<w:document {W}><w:body><w:p>&l11;</w:p></w:body></w:document>"),
        "damaged",
    ),
    "billion laughs in UTF-16": (
        "a.docx",
        lambda: word_xml(f"{laughs()}<w:document {W} x='&l11;'><w:body/></w:document>".encode("utf-16")),
        "damaged",
    ),
    "quadratic blow-up": (
        "a.fb2",
        lambda: f'<!DOCTYPE b [<!ENTITY a "{"a" * 100_000}">]><FictionBook>{"&a;" * 100_000}</FictionBook>'.encode(),
        "damaged",
    ),
    "external entity": (
        "a.fb2",
        lambda: (
            b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><FictionBook><body><p>&a;</p></body></FictionBook>'
        ),
        "damaged",
    ),
    "deep XML": ("a.docx", lambda: word(b"<w:sdt>" * DEEP + b"</w:sdt>" * DEEP), "damaged"),
    "deep groups": ("a.rtf", lambda: b"{\\rtf1 " + b"{" * DEEP, "damaged"),
}
# Read within limits, or refused.
BORNE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "external document type": (
        "a.fb2",
        lambda: b'<!DOCTYPE b SYSTEM "http://127.0.0.1:9/x.dtd"><FictionBook><body><p>x</p></body></FictionBook>',
    ),
    "huge attribute": ("a.docx", lambda: word(b'<w:p w:x="' + b"a" * 30 * MIB + b'"/>')),
    "huge text": ("a.docx", lambda: word(b"<w:p><w:r><w:t>" + b"a" * 30 * MIB + b"</w:t></w:r></w:p>")),
    "huge word before a note's mark": ("a.html", lambda: b"<p>" + b"a" * 300_000 + b" <sup>1</sup>"),
    "many bullets": ("a.html", lambda: b"<p>" + b"<br>" * 10 + b"word word<br>" * 40_000),
    "zeros in a PDF": ("a.pdf", lambda: pdf_page(zlib_zeros(1024), b"/FlateDecode")),
    "Flate in Flate": (
        "a.pdf",
        lambda: pdf_page(zlib.compress(zlib.compress(zlib_zeros(1024))), b"[/FlateDecode /FlateDecode /FlateDecode]"),
    ),
    "a page tree that loops": (
        "a.pdf",
        lambda: pdf_of(
            [CATALOG, b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>", b"<< /Type /Pages /Kids [2 0 R] >>"]
        ),
    ),
    "more pages than there are": ("a.pdf", lambda: pdf_of([CATALOG, b"<< /Type /Pages /Kids [] /Count 100000 >>"])),
    "many times one page": (
        "a.pdf",
        lambda: pdf_of(
            [
                CATALOG,
                b"<< /Type /Pages /Kids [%s] /Count 9999 >>" % (b"3 0 R " * 9999),
                b"<< /Type /Page /Parent 2 0 R >>",
            ]
        ),
    ),
    "a stream in itself": (
        "a.pdf",
        lambda: pdf_of(
            [
                CATALOG,
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /ObjStm /N 1 /First 4 /Extends 3 0 R /Length 3 0 R >>\nstream\n3 0 << >>\nendstream",
            ],
            b"/Root 1 0 R /Prev 9",
        ),
    ),
    "deep arrays in a PDF": ("a.pdf", lambda: pdf_of([CATALOG, b"[" * DEEP])),
    "deep outline": (
        "a.pdf",
        lambda: pdf_of(
            [
                b"<< /Type /Catalog /Pages 2 0 R /Outlines 3 0 R >>",
                b"<< /Type /Pages /Kids [] /Count 0 >>",
                *(b"<< /Title (x) /First %d 0 R /Next %d 0 R >>" % (n + 1, n) for n in range(3, 20_000)),
            ]
        ),
    ),
    "a huge binary in RTF": (
        "a.rtf",
        lambda: b"{\\rtf1 text\\par{\\pict\\bin2147483647 x}" + b"\\bin999999999 " * 1000,
    ),
    "deep HTML": ("a.html", lambda: b"<div>" * DEEP + b"x"),
    "deep inline HTML": ("a.html", lambda: b"<b><i>" * DEEP + b"x"),
    "deep tables": ("a.html", lambda: b"<table><tr><td>" * 100_000 + b"x"),
    "deep lists": ("a.html", lambda: b"<ul><li>" * 100_000 + b"x"),
    "huge HTML attribute": ("a.html", lambda: b'<p title="' + b"a" * 30 * MIB + b'">x</p>'),
    "a style without end": ("a.html", lambda: b"<style>" + b"a" * MIB + b"</style><p>x</p>"),
    "deep quotes": ("a.md", lambda: b">" * DEEP + b" x"),
    "deep lists in Markdown": ("a.md", lambda: b"".join(b" " * (2 * n) + b"- x\n" for n in range(1000))),
    "brackets": ("a.md", lambda: b"[" * 20_000 + b"a](" * 20_000),
    "emphasis": ("a.md", lambda: b"*a_ " * 20_000),
    "backticks": ("a.md", lambda: b"".join(b"e" + b"`" * n for n in range(1000))),
    "entities in Markdown": ("a.md", lambda: b"&a" * 50_000),
    "front matter without end": ("a.md", lambda: b"---\n" + b"a: b\n" * 40_000),
    "one long line": ("a.txt", lambda: b"word " * MIB),
    "lines that end in hyphens": ("a.txt", lambda: (b"a" * 70 + b"-\n") * 20_000),
    "paragraphs that go on": ("a.txt", lambda: b"lower case line of some length that has no end\n\n" * 20_000),
    "a punycode page": ("a.html", lambda: b"<meta charset=punycode><p>" + b"\xff" + b"a-" * 100_000),
}


def reading_process(before: set[int]) -> int:
    (child,) = reading_processes() - before
    return child


def reading_processes() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text(encoding="utf-8")
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"\nPPid:\t{os.getpid()}\n" in status and b"kb.read.worker" in command:
                found.add(int(entry.name))
    return found


def memory(process: int, name: str) -> int:
    """VmRSS or VmHWM (the most it ever was) in MiB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) // 1024


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc to measure memory")
def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.docx"
    tiny.write_bytes(word("<w:p><w:r><w:t>x</w:t></w:r></w:p>"))
    others = reading_processes()
    found: dict[str, tuple[str, bool]] = {}
    with ReaderPool() as pool:
        for case, (name, make, _) in REFUSED.items():
            path = tmp_path / name
            path.write_bytes(make())
            assert outcome(pool, tiny) == "read"
            child = reading_process(others)
            Path(f"/proc/{child}/clear_refs").write_text("5", encoding="ascii")  # forget the most it ever had
            before = memory(child, "VmRSS")
            started = time.monotonic()
            reason = outcome(pool, path)
            grown = memory(child, "VmHWM") - before
            print(f"{case:28} {reason:12} {time.monotonic() - started:5.2f} s  +{grown} MiB")
            found[case] = (reason, grown <= 64)
    assert found == {case: (reason, True) for case, (_, _, reason) in REFUSED.items()}


def test_what_is_built_to_take_forever_does_not(tmp_path: Path, pool: ReaderPool) -> None:
    slow: dict[str, float] = {}
    for case, (name, make) in BORNE.items():
        path = tmp_path / name
        path.write_bytes(make())
        started = time.monotonic()
        reason = outcome(pool, path)
        seconds = time.monotonic() - started
        print(f"{case:32} {reason:12} {seconds:5.2f} s")
        assert reason in REASONS | {"read"}
        if reason == "too-slow" or seconds > 21:
            slow[case] = seconds
    assert not slow


def test_a_file_that_ends_its_process_or_takes_its_time_costs_only_itself(tmp_path: Path) -> None:
    bomb, million, tiny = tmp_path / "bomb.pdf", tmp_path / "million.pdf", tmp_path / "tiny.txt"
    endless = tmp_path / "endless.md"
    bomb.write_bytes(pdf_page(zlib_zeros(1024), b"/FlateDecode"))
    pages = b"<< /Type /Pages /Kids [%s] /Count 1000000 >>" % (b"3 0 R " * DEEP)
    million.write_bytes(pdf_of([CATALOG, pages, b"<< /Type /Page /Parent 2 0 R >>"]))
    endless.write_text("a word\n" * 200_000, encoding="utf-8")
    tiny.write_text("Text.", encoding="utf-8")
    with ReaderPool(wall_seconds=5) as pool:
        assert [outcome(pool, tiny), outcome(pool, bomb), outcome(pool, tiny)] == ["read", "crashed", "read"]
        assert outcome(pool, million) == "too-large"
    with ReaderPool(wall_seconds=1) as pool:
        assert [outcome(pool, endless), outcome(pool, tiny)] == ["too-slow", "read"]


def test_a_sparse_file_of_a_gigabyte_is_not_read(tmp_path: Path, pool: ReaderPool) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(1024 * MIB)
    started = time.monotonic()
    assert outcome(pool, path) == "too-large"
    assert time.monotonic() - started < 2


# Mutations


SEEDS: dict[str, Callable[[], bytes]] = {
    "a.pdf": pdf_file,
    "locked.pdf": lambda: pdf_file("secret"),
    "a.docx": word_file,
    "a.odt": odt_file,
    "a.epub": epub_file,
    "a.rtf": lambda: RTF,
    "a.html": lambda: HTML,
    "a.md": MARKDOWN.encode,
    "a.txt": lambda: TEXT.encode("koi8-r"),
    "locked.odt": lambda: locked_odt("cbc", "secret"),
}


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to three changes: bits flipped, bytes cut off, blocks swapped or doubled, runs of 0xFF or 0 put in."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(changed) + 1)
        length = min(dice.choice((1, 4, 32, 256, 2048)), len(changed) // 2)
        match dice.randrange(6):
            case 0:
                for _ in range(dice.randint(1, 40)):
                    if changed:
                        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
            case 1:
                del changed[at:]
            case 2:
                other = dice.randrange(len(changed) + 1)
                low, high = sorted((at, other))
                if low + length <= high:
                    first, second = changed[low : low + length], changed[high : high + length]
                    changed[low : low + len(second)], changed[high : high + length] = second, first
            case 3:
                changed[at:at] = dice.choice((b"\xff", b"\0")) * length
            case 4:
                changed[at:at] = changed[at : at + length] * dice.choice((1, 1, 2, 50))
            case 5:
                del changed[at : at + length]
    return bytes(changed)


def mutant(data: bytes, dice: random.Random) -> bytes:
    """A mutation of the file, or of a part of a zip file that is then zipped again."""
    if data.startswith(b"PK") and dice.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            parts: dict[str, bytes | str] = {name: container.read(name) for name in container.namelist()}
        name = dice.choice([name for name in parts if name.endswith(("xml", "html", "opf", "rels"))])
        return zipped({**parts, name: mutated(container_bytes(parts[name]), dice)})
    return mutated(data, dice)


def container_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def read_mutants(folder: Path, count: int) -> Counter[str]:
    """How so many mutants of each seed end, by the file's kind and outcome; which took long or ended their process."""
    tally: Counter[str] = Counter()
    findings: list[str] = []

    def one(pool: ReaderPool, name: str, data: bytes, number: int) -> None:
        path = folder / f"{number}-{name}"
        path.write_bytes(mutant(data, random.Random(f"{name} {number}")))
        started = time.monotonic()
        reason = outcome(pool, path)
        seconds = time.monotonic() - started
        assert reason in REASONS | {"read"}
        tally[f"{name} {reason}"] += 1
        if reason in ("crashed", "too-slow") or seconds > 10:
            findings.append(f"{name} {number}: {reason} after {seconds:.1f} s")
        else:
            path.unlink()

    with ReaderPool(workers=2, passwords=["secret"]) as pool, ThreadPoolExecutor(2) as threads:
        runs = [
            threads.submit(one, pool, name, data, number)
            for name, data in ((name, make()) for name, make in SEEDS.items())
            for number in range(count)
        ]
        for run in runs:
            run.result()
    print(*sorted(f"{key}: {number}" for key, number in tally.items()), *findings, sep="\n")
    assert not [finding for finding in findings if "too-slow" in finding]
    return tally


def test_mutants_of_ten_files_each_end_in_an_answer(tmp_path: Path) -> None:
    tally = read_mutants(tmp_path, 50)
    assert tally.total() == 500
    assert sum(number for key, number in tally.items() if key.endswith(" read")) > 150


@pytest.mark.full
def test_fifty_thousand_mutants_each_end_in_an_answer(tmp_path: Path) -> None:
    assert read_mutants(tmp_path, 5000).total() == 50_000
