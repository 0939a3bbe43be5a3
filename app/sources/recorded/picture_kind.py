"""What a file is by its first bytes, for pictures that cannot be read."""

_BRANDS = {
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"), "a HEIC picture"),
    b"crx ": "a raw picture of a camera",
}
_STARTS = (
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "a PostScript file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\x1a\x45\xdf\xa3", "a film (MKV)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"FUJIFILMCCD-RAW", "a raw picture of a camera"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"GIF8", "a GIF"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


def kind_of(data: bytes) -> str:
    """Such as "a HEIC picture"; empty if it is not known, or is of a kind that is read."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a film (MP4)")
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((what for first, what in _STARTS if start.startswith(first.lower())), "")


def is_heic(data: bytes) -> bool:
    return kind_of(data) == "a HEIC picture"
