"""Single pictures, screenshots and contact sheets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.recording.contact_sheet import contact_sheet, write_contact_sheet
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.screenshot import save_screenshot

NOON = datetime(2026, 11, 21, 12, 0, 5)


def noise(height: int = 30, width: int = 40) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def read(path: Path) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def test_png_gives_back_every_pixel(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", noise())
    np.testing.assert_array_equal(read(tmp_path / "a.png"), noise())


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG"])
def test_jpeg_keeps_red_red(tmp_path: Path, name: str) -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    write_picture(tmp_path / name, red)
    assert (tmp_path / name).read_bytes()[:2] == b"\xff\xd8"
    assert np.abs(read(tmp_path / name).astype(int) - red).max() <= 4


def test_names_that_are_not_ascii_and_missing_folders_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "neu" / "Gemälde 絵画.png"
    write_picture(path, noise())
    np.testing.assert_array_equal(read(path), noise())


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.png.exe"])
def test_an_unknown_suffix_is_refused_with_a_name_that_works(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        write_picture(tmp_path / name, noise())
    assert ".png" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_rgb_picture_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        write_picture(tmp_path / "a.png", np.zeros(shape, np.uint8))


def test_screenshots_of_one_second_get_names_of_their_own(tmp_path: Path) -> None:
    names = [save_screenshot(noise(), tmp_path / "shots", NOON).name for _ in range(3)]
    assert names == [
        "allaprima-20261121-120005.png",
        "allaprima-20261121-120005-2.png",
        "allaprima-20261121-120005-3.png",
    ]
    assert sorted(entry.name for entry in (tmp_path / "shots").iterdir()) == sorted(names)


def test_a_screenshot_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "allaprima-20261121-120005.png").write_bytes(b"mine")
    path = save_screenshot(noise(), tmp_path, NOON)
    assert (tmp_path / "allaprima-20261121-120005.png").read_bytes() == b"mine"
    np.testing.assert_array_equal(read(path), noise())


def test_screenshots_go_to_the_users_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_pictures_path", lambda: tmp_path / "Pictures")
    assert save_screenshot(noise()).parent == tmp_path / "Pictures" / "Alla Prima"


def test_contact_sheet_shows_every_picture_in_reading_order(tmp_path: Path) -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0), (0, 200, 200)]
    pictures = [(f"style {i}", np.full((90, 120, 3), c, np.uint8)) for i, c in enumerate(colours)]
    write_contact_sheet(tmp_path / "sheet.png", pictures, columns=3)
    sheet = read(tmp_path / "sheet.png")
    middles = {colour: np.argwhere((sheet == colour).all(axis=-1)).mean(axis=0) for colour in colours}
    rows, columns = zip(*middles.values(), strict=True)
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4]
    assert columns[0] == columns[3] < columns[1] == columns[4] < columns[2]
    assert all((sheet == colour).all(axis=-1).sum() == 480 * 360 for colour in colours)


def test_contact_sheet_labels_stay_in_their_column() -> None:
    black = np.zeros((90, 120, 3), np.uint8)
    short = contact_sheet([("", black), ("", black)], columns=2)
    long = contact_sheet([("Ein sehr langer Titel, der nicht passt " * 9, black), ("", black)], columns=2)
    assert short.shape == long.shape
    changed = np.nonzero((short != long).any(axis=-1))
    assert changed[1].min() >= 16 and changed[1].max() < 16 + 480 + 2
    assert changed[0].min() >= 16 + 360


def test_contact_sheet_fits_pictures_of_any_shape() -> None:
    sheet = contact_sheet([("wide", noise(10, 400)), ("tall", noise(400, 10)), ("dot", noise(1, 1))])
    assert sheet.dtype == np.uint8 and sheet.shape[2] == 3


def test_contact_sheet_has_notes_under_its_labels() -> None:
    black = np.zeros((90, 120, 3), np.uint8)
    plain, noted = contact_sheet([("Wave", black)]), contact_sheet([("Wave", black)], notes=["Hokusai, 1831"])
    assert noted.shape[0] > plain.shape[0] and noted.shape[1] == plain.shape[1]
    assert (noted[plain.shape[0] - 16 : -16] < 200).any()


def test_contact_sheet_makes_all_letters_smaller_before_it_cuts_one_short() -> None:
    def ink(*labels: str) -> np.ndarray:
        sheet = contact_sheet([(label, np.full((90, 120, 3), 250, np.uint8)) for label in labels], 200, columns=2)
        return (sheet[16 + 150 :, : 16 + 200] < 128).sum()

    assert ink("The Scream", "The Scream, too lon") == ink("The Scream", "The Scream")
    assert ink("The Scream", "The Scream, a little too") < ink("The Scream", "The Scream")
