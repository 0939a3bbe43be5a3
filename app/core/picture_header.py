"""Reads the size of a picture from its first bytes, in every format that OpenCV decodes.

A decoder allocates the memory that a header claims before it reads a pixel, so the size is checked first; a file
without a known size is not given to a decoder.
"""

import re
import struct
from collections.abc import Callable

Size = tuple[int, int]

_PNM = re.compile(rb"P[1-6](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})\s")
_PFM = re.compile(rb"P[Ff]\s+(\d{1,9})\s+(\d{1,9})\s")
_PAM = re.compile(rb"^(WIDTH|HEIGHT)\s+(\d{1,9})\s*$", re.MULTILINE)
_RADIANCE = re.compile(rb"^[-+]Y (\d{1,9}) [-+]X (\d{1,9})$", re.MULTILINE)
_CODESTREAM = b"\xff\x4f\xff\x51"
_HEADER = 1 << 16
"""Number of first bytes that must contain the size in formats without offsets."""


def claimed_size(data: bytes) -> Size | None:
    """(width, height) from the header, the largest if it has several; None if it is not a known picture or is cut
    short.
    """
    for magic, at, read in _FORMATS:
        if data.startswith(magic, at):
            try:
                return read(data)
            except (struct.error, OverflowError, IndexError):
                return None
    return None


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _bmp(data: bytes) -> Size:
    if struct.unpack_from("<I", data, 14)[0] == 12:  # OS/2's
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)


def _jpeg(data: bytes) -> Size | None:
    """Reads the markers up to the first start of frame; like libjpeg, it skips other bytes between them."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # these have no length
            at += 2
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _tiff(data: bytes) -> Size | None:
    """The size in the first directory; a tile, which is decoded whole, may be larger than the picture."""
    order = "<" if data.startswith(b"II") else ">"
    if struct.unpack_from(f"{order}H", data, 2)[0] == 43:  # BigTIFF
        start = struct.unpack_from(f"{order}Q", data, 8)[0]
        count, first, step, value_at = struct.unpack_from(f"{order}Q", data, start)[0], start + 8, 20, 12
    else:
        start = struct.unpack_from(f"{order}I", data, 4)[0]
        count, first, step, value_at = struct.unpack_from(f"{order}H", data, start)[0], start + 2, 12, 8
    sides: dict[int, int] = {}
    for at in range(first, first + min(count, 4096) * step, step):
        tag, kind = struct.unpack_from(f"{order}HH", data, at)
        if tag in (256, 257, 322, 323) and (letter := {3: "H", 4: "I", 16: "Q"}.get(kind)):
            sides[tag] = struct.unpack_from(order + letter, data, at + value_at)[0]
    if 256 not in sides or 257 not in sides:
        return None
    return max(sides[256], sides.get(322, 0)), max(sides[257], sides.get(323, 0))


def _matched(pattern: re.Pattern[bytes], swapped: bool = False) -> Callable[[bytes], Size | None]:
    def read(data: bytes) -> Size | None:
        found = pattern.search(data[:_HEADER])
        return None if found is None else (int(found[1 + swapped]), int(found[2 - swapped]))

    return read


def _pam(data: bytes) -> Size | None:
    sides = {found[1]: int(found[2]) for found in _PAM.finditer(data[:_HEADER].partition(b"ENDHDR")[0])}
    return (sides[b"WIDTH"], sides[b"HEIGHT"]) if len(sides) == 2 else None


def _sun(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 4)
    return width, height


def _jpeg_2000(data: bytes) -> Size | None:
    """The size in the codestream, which is decoded even if the surrounding boxes have another size."""
    at = data.find(_CODESTREAM)
    if at < 0:
        return None
    width, height = struct.unpack_from(">II", data, at + 8)
    return width, height


def _avif(data: bytes) -> Size | None:
    """The largest size in the boxes `ispe`, of which each item has one."""
    sizes, at = list[Size](), -1
    while (at := data.find(b"ispe", at + 1, _HEADER)) >= 0:
        sizes.append(struct.unpack_from(">II", data, at + 8))
    return (max(width for width, _ in sizes), max(height for _, height in sizes)) if sizes else None


_FORMATS: tuple[tuple[bytes, int, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8", 0, _jpeg),
    (b"BM", 0, _bmp),
    (b"GIF8", 0, _gif),
    (b"WEBP", 8, _webp),
    (b"II*\0", 0, _tiff),
    (b"MM\0*", 0, _tiff),
    (b"II+\0", 0, _tiff),
    (b"MM\0+", 0, _tiff),
    (b"P7", 0, _pam),
    (b"PF", 0, _matched(_PFM)),
    (b"Pf", 0, _matched(_PFM)),
    *((b"P%d" % number, 0, _matched(_PNM)) for number in range(1, 7)),
    (b"#?R", 0, _matched(_RADIANCE, swapped=True)),
    (b"\x59\xa6\x6a\x95", 0, _sun),
    (b"\0\0\0\x0cjP  \r\n\x87\n", 0, _jpeg_2000),
    (_CODESTREAM, 0, _jpeg_2000),
    (b"ftyp", 4, _avif),
)
