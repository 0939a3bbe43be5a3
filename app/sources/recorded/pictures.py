"""Reads one picture file into the program's pixel layout, and refuses other files."""

import io
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image, ImageCms, ImageOps, TiffImagePlugin, WebPImagePlugin

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.picture_header import claimed_size
from allaprima.app.core.quiet import libraries_quiet
from allaprima.app.core.reading import Unreadable, read_bytes
from allaprima.app.core.shell import install, looking, scaling
from allaprima.app.sources.recorded.picture_kind import is_heic, kind_of

SUFFIXES = frozenset(".png .jpg .jpeg .bmp .tif .tiff .webp .ppm .pgm .gif .avif .heic .heif .mpo .jps .pns".split())
LARGEST_FILE = 1 << 29
"""Bytes."""
LONGEST_SIDE = 16_384
MOST_PIXELS = 100_000_000

_FORMATS = ["JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF"]
_PLUGINS = TiffImagePlugin, WebPImagePlugin, AvifImagePlugin  # which Pillow loads only if it may load all of its kinds
_SRGB = ImageCms.createProfile("sRGB")
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # our own errors are clearer
Image.MAX_IMAGE_PIXELS = None  # the size is checked here, and it would only warn on the terminal


@dataclass(frozen=True, slots=True)
class Still:
    """A picture: `pixels` (H, W, 3) RGB uint8 in sRGB, upright, read-only; `alpha` (H, W) uint8 if something of it is
    transparent; `right`, the right eye of a stereo picture of two, of which `pixels` is the left one; and a `note` for
    people about what of the file is left out, or "".
    """

    pixels: Pixels
    alpha: NDArray[np.uint8] | None = None
    right: Pixels | None = None
    note: str = ""


def check_size(width: int, height: int, path: Path) -> None:
    """Raises `RecordingError` for sizes that no camera has and no machine could paint."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise RecordingError(
            f"{path} says it is {width}x{height}, an absurd size",
            f"{LONGEST_SIDE} pixels a side, {MOST_PIXELS // 1_000_000} megapixels at most: {scaling(path, (4096, -1))}",
        )


def read_picture(path: Path) -> Pixels:
    """The pixels of `read_still`: alpha and a second eye are dropped."""
    return read_still(path).pixels


def read_still(path: Path) -> Still:
    """The picture at `path`. Grey becomes three equal channels, more than 8 bits become 8, and other profiles sRGB.

    Raises `RecordingError` when the file is missing, no regular file, empty, no picture, damaged or absurdly large; the
    size in its header is checked before anything is decoded.
    """
    try:
        data = read_bytes(path, LARGEST_FILE)
    except Unreadable as error:
        raise RecordingError(f"{path} {error}", looking(path)) from error
    if not data:
        raise RecordingError(f"{path} is empty (0 bytes)", "copy it again, or leave it out")
    claimed = claimed_size(data)
    if claimed is None:
        raise _unreadable(path, data)
    check_size(*claimed, path)
    with libraries_quiet():
        header = _opened(data)
        pixels = _decoded(data)
        if pixels is None and header is not None:
            pixels = _by_pillow(header, path)
        if pixels is None:
            raise _unreadable(path, data)
        check_size(pixels.shape[1], pixels.shape[0], path)
        if header is None:
            return Still(_fixed(pixels))
        alpha, right = _alpha(header, pixels), _right(header)
        return Still(_fixed(_in_srgb(pixels, header, data)), alpha, right, _note(header, right))


def _opened(data: bytes) -> Any:
    """Pillow's view of the file, of which only the header is read; None if it knows none of it."""
    formats = _FORMATS
    if is_heic(data):
        with suppress(ImportError):
            import pi_heif

            pi_heif.register_heif_opener()
            formats = ["HEIF"]
    with suppress(Exception):  # whatever a damaged file makes it raise
        return Image.open(io.BytesIO(data), formats=formats)
    return None


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    """By OpenCV: (H, W, 3) RGB uint8, upright; None where it cannot."""
    raw, found = np.frombuffer(data, np.uint8), None
    with suppress(cv2.error):
        found = cv2.imdecode(raw, cv2.IMREAD_COLOR_RGB)
    if found is None and data[:2] in (b"II", b"MM"):
        with suppress(cv2.error):
            found = _tone(cv2.imdecode(raw, cv2.IMREAD_UNCHANGED))
    return None if found is None else np.asarray(found, np.uint8)


def _tone(linear: Any) -> NDArray[np.uint8] | None:
    """A TIFF of floats: 0 to 1, in the curve that it is in; what is brighter is white."""
    if linear is None or linear.dtype not in (np.float32, np.float64):
        return None
    flat = np.nan_to_num(linear.reshape(*linear.shape[:2], -1)[..., :3])
    colours = flat[..., ::-1] if flat.shape[2] == 3 else flat[..., :1].repeat(3, 2)
    return np.ascontiguousarray((colours.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def _by_pillow(header: Any, path: Path) -> NDArray[np.uint8] | None:
    width, height = header.size
    check_size(width, height, path)
    with suppress(Exception):
        return np.array(ImageOps.exif_transpose(header).convert("RGB"))
    return None


def _in_srgb(pixels: NDArray[np.uint8], header: Any, data: bytes) -> NDArray[np.uint8]:
    """The pixels, converted by the profile in the file; a broken one, or one of another kind, is left alone."""
    profile = header.info.get("icc_profile")
    if not profile:
        return pixels
    with suppress(Exception):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES[source.profile.xcolor_space]
        if "sRGB" in (source.profile.profile_description or ""):
            return pixels
        picture = Image.fromarray(pixels).convert(mode)
        if mode == "CMYK":  # its own four channels, which are gone from `pixels`
            picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data), formats=_FORMATS))
        return np.array(ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB"))
    return pixels


def _alpha(header: Any, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    if not (header.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in header.info):
        return None
    with suppress(Exception):
        alpha = np.array(ImageOps.exif_transpose(header).convert("RGBA").getchannel("A"))
        if alpha.shape == pixels.shape[:2] and alpha.min() < 255:
            return alpha
    return None


def _right(header: Any) -> Pixels | None:
    """The second picture of an MPO of two equal ones; others hold previews, or maps of a phone's brightness."""
    if header.format != "MPO":
        return None
    with suppress(Exception):
        first = header.size
        header.seek(1)
        if header.size == first:  # which was checked
            return _fixed(np.array(ImageOps.exif_transpose(header).convert("RGB")))
    return None


def _note(header: Any, right: Pixels | None) -> str:
    count = 1
    if right is None and header.format != "MPO":
        with suppress(Exception):
            count = int(getattr(header, "n_frames", 1))
    if count == 1:
        return ""
    if header.format == "TIFF":
        return f"has {count} pages: only the first is used"
    return f"is animated: only the first of its {count} pictures is used; as a film: ffmpeg -i FILE film.mp4"


def _fixed(pixels: NDArray[np.uint8]) -> Pixels:
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels


def _unreadable(path: Path, data: bytes) -> RecordingError:
    if kind := kind_of(data):
        asked = f"export it as JPEG, or {install('heic')}" if is_heic(data) else "export it as PNG or JPEG"
        return RecordingError(f"{path} is {kind}, which this program does not read", asked)
    return RecordingError(
        f"{path} is not a picture or is damaged", "open it in a picture viewer; PNG and JPEG are safe choices"
    )
