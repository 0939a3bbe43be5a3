"""Stills of every kind: colours, transparency, turns, second pictures; and files that only call themselves so."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from allaprima.app.command_line import main
from allaprima.app.core.errors import RecordingError
from allaprima.app.offline.transparency import filled
from allaprima.app.sources.recorded.opening import open_reel
from allaprima.app.sources.recorded.pictures import SUFFIXES, read_picture, read_still

RED, BLUE = np.full((24, 32, 3), (200, 40, 40), np.uint8), np.full((24, 32, 3), (40, 40, 200), np.uint8)


def corners() -> np.ndarray:
    picture = np.zeros((24, 32, 3), np.uint8)
    picture[:8, :8] = 255
    return picture


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_turned_picture_stands_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(corners()).save(tmp_path / f"a{suffix}", exif=exif, quality=95)
    with Image.open(tmp_path / f"a{suffix}") as image:
        from PIL import ImageOps

        expected = np.array(ImageOps.exif_transpose(image).convert("RGB"))
    found = read_picture(tmp_path / f"a{suffix}")
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK", "LA", "RGBA"])
def test_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    suffix = ".tif" if mode == "CMYK" else ".png"
    grey = Image.fromarray(np.full((24, 32), 200, np.uint8))
    if mode == "I;16":
        image = Image.fromarray(np.full((24, 32), 200 * 257, np.uint16))
    elif mode == "1":
        image = grey.point(lambda _: 255).convert("1")
    else:
        image = grey.convert("RGB" if mode == "CMYK" else "L").convert(mode)
    image.save(tmp_path / f"a{suffix}")
    expected = 255 if mode == "1" else 200
    assert np.abs(read_picture(tmp_path / f"a{suffix}").astype(int) - expected).max() <= 1


def narrow_profile() -> bytes:
    """An sRGB profile whose red and blue are exchanged: a conversion shows at once."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = data.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    return swapped.replace(b"s\0R\0G\0B", b"m\0i\0n\0e").replace(b"sRGB built-in", b"mine built-in")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_profile_is_brought_to_srgb(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(RED).save(tmp_path / f"a{suffix}", icc_profile=narrow_profile(), quality=95)
    assert np.abs(read_picture(tmp_path / f"a{suffix}")[12, 16].astype(int) - (40, 40, 200)).max() <= 8
    Image.fromarray(RED).save(tmp_path / f"b{suffix}", icc_profile=b"rubbish" * 30, quality=95)
    assert np.abs(read_picture(tmp_path / f"b{suffix}")[12, 16].astype(int) - (200, 40, 40)).max() <= 8


@pytest.mark.parametrize("channels", [1, 3])
def test_a_tiff_of_floats_is_read(tmp_path: Path, channels: int) -> None:
    values = np.tile(np.array([0.0, 0.5, 1.0, 7.0, np.nan], np.float32), (10, 2))
    picture = values if channels == 1 else np.dstack((values,) * 3)
    (tmp_path / "a.tif").write_bytes(cv2.imencode(".tif", picture)[1].tobytes())
    assert read_picture(tmp_path / "a.tif")[0, :5, 0].tolist() == [0, 128, 255, 255, 0]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_an_animation_says_that_only_its_first_picture_is_used(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.full((24, 32, 3), 60 * number, np.uint8)) for number in (1, 2, 3)]
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:], lossless=True)
    still = read_still(tmp_path / f"a{suffix}")
    assert "first of its 3 pictures" in still.note and np.abs(still.pixels.astype(int) - 60).max() <= 2


def test_pages_of_a_tiff_are_told(tmp_path: Path) -> None:
    frames = [Image.fromarray(RED), Image.fromarray(BLUE)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert read_still(tmp_path / "a.tif").note == "has 2 pages: only the first is used"


@pytest.mark.parametrize("name", ["a.mpo", "a.jpg"])
def test_both_pictures_of_a_stereo_camera_are_read(tmp_path: Path, name: str) -> None:
    Image.fromarray(RED).save(tmp_path / "a.mpo", save_all=True, append_images=[Image.fromarray(BLUE)])
    (tmp_path / "a.mpo").rename(tmp_path / name)
    pair = open_reel(tmp_path / name).next()
    assert pair is not None
    assert pair.left[12, 16, 0] > 150 and pair.right[12, 16, 2] > 150 and pair.right[12, 16, 0] < 90


def test_a_phones_second_smaller_picture_is_no_eye(tmp_path: Path) -> None:
    Image.fromarray(RED).save(tmp_path / "a.mpo", save_all=True, append_images=[Image.fromarray(BLUE[:12, :16])])
    assert read_still(tmp_path / "a.mpo").right is None


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a film"),
        (b"%PDF-1.7", "a PDF"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"\n<!DOCTYPE HTML><title>404", "a web page"),
        (b"<svg xmlns", "an SVG drawing"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\xff\x0a\0\0", "a JPEG XL picture"),
    ],
)
def test_a_file_of_another_kind_is_called_by_it(tmp_path: Path, start: bytes, says: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(start + bytes(200))
    with pytest.raises(RecordingError) as caught:
        read_picture(tmp_path / "photo.jpg")
    assert says in caught.value.message and "damaged" not in caught.value.message and caught.value.hint


def test_heic_is_read_where_its_library_is(tmp_path: Path) -> None:
    pi_heif = pytest.importorskip("pi_heif", reason='HEIC needs pip install -e ".[heic]"')
    assert pi_heif and ".heic" in SUFFIXES
    case = Path(__file__).parents[4].parent / "shared" / "cases" / "heic-called-jpg" / "IMG_0042.jpg"
    if not case.exists():
        pytest.skip("no HEIC file is here")
    assert read_picture(case).shape == (120, 160, 3)


def cut_out(path: Path) -> Path:
    """A red disc on transparent green."""
    picture = np.full((64, 96, 4), (40, 200, 40, 0), np.uint8)
    y, x = np.ogrid[:64, :96]
    picture[(y - 32) ** 2 + (x - 48) ** 2 < 20**2] = (200, 40, 40, 255)
    Image.fromarray(picture).save(path, lossless=True)
    return path


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_cut_out_stays_cut_out(
    tmp_path: Path, tiny_pack: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = cut_out(tmp_path / f"in{suffix}")
    for out in ("out.png", "out.jpg"):
        command = ["stylize", str(source), "-o", str(tmp_path / out), "--pack", str(tiny_pack), "--strength", "0"]
        assert main(command) == 0
    painted = np.array(Image.open(tmp_path / "out.png"))
    assert np.array_equal(painted[..., 3], np.array(Image.open(source))[..., 3])
    assert "JPEG cannot be transparent" in capsys.readouterr().err
    flat = np.array(Image.open(tmp_path / "out.jpg"))
    assert flat[2, 2].min() > 245, "white"
    assert flat[32, 48, 0] > 150 and flat[32, 48, 1] < 120


def test_beneath_the_transparent_lies_what_surrounds_it(tmp_path: Path) -> None:
    still = read_still(cut_out(tmp_path / "in.png"))
    assert still.alpha is not None
    whole = filled(still.pixels, still.alpha)
    assert np.abs(whole.astype(int) - (200, 40, 40)).max() <= 3, "no green is left"
    assert filled(still.pixels, np.zeros_like(still.alpha)) is still.pixels


def test_an_opaque_alpha_is_none(tmp_path: Path) -> None:
    Image.fromarray(RED).convert("RGBA").save(tmp_path / "a.png")
    assert read_still(tmp_path / "a.png").alpha is None


def test_a_damaged_profile_or_frame_is_no_fault_of_the_program(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.fromarray(RED).save(data, "PNG", icc_profile=narrow_profile())
    for at in range(40, len(data.getvalue()), 97):
        torn = bytearray(data.getvalue())
        torn[at] ^= 0xFF
        (tmp_path / "a.png").write_bytes(torn)
        try:
            read_picture(tmp_path / "a.png")
        except RecordingError:
            continue
