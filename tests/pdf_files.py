"""PDFs for tests, written by hand: small, and as broken as a test wants them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence


def print_lines(*lines: str) -> bytes:
    """A page's content that shows these lines of ASCII."""
    shown = b" ".join(b"(%s) Tj T*" % line.encode("ascii") for line in lines)
    return b"BT /F1 12 Tf 14 TL 50 800 Td " + shown + b" ET"


def write_pdf(*contents: bytes, font: Sequence[bytes] = ()) -> bytes:
    """A PDF with a page for each content; `font` are the objects of another font."""
    first_page = 3 + max(1, len(font))
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * at) for at in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        *(font or [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]),
    ]
    for content in contents:
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects) + 2)
        )
        objects.append(_stream(zlib.compress(content), b"/Filter /FlateDecode"))
    return _number(objects)


def write_korean_pdf(text: str) -> bytes:
    """A page in a font whose codes are no characters until its map is read."""
    codes = b"".join(b"%04x" % (at + 1) for at in range(len(text)))
    mapped = b"\n".join(
        b"<%04x> <%04x>" % (at + 1, ord(character)) for at, character in enumerate(text)
    )
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        b"%d beginbfchar\n%s\nendbfchar endcmap end end" % (len(text), mapped)
    )
    composite = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H "
        b"/DescendantFonts [4 0 R] /ToUnicode 5 0 R >>"
    )
    glyphs = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    content = b"BT /F1 12 Tf 50 800 Td <%s> Tj ET" % codes
    return write_pdf(content, font=[composite, glyphs, _stream(to_unicode, b"")])


def encrypt(pdf: bytes, *, password: str) -> bytes:
    """The same, as it opens with this password; its owner has another one."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.append(io.BytesIO(pdf))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _stream(content: bytes, facts: bytes) -> bytes:
    head = b"<< /Length %d %s >>" % (len(content), facts)
    return head + b"\nstream\n" + content + b"\nendstream"


def _number(objects: Sequence[bytes]) -> bytes:
    file, places = b"%PDF-1.4\n", []
    for number, written in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        file
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer << /Size %d /Root 1 0 R >>\n" % size
        + b"startxref\n%d\n%%%%EOF" % len(file)
    )
