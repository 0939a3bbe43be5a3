"""Folders of photos as people have them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="TORCH IS NOT INSTALLED: what training reads was not tested")

from allaprima.app.core.errors import SourceError
from allaprima.models.photos import HELD_OUT, PhotoCrops, held_out, picture_files, read_rgb


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (9, 12, 3), np.uint8)
    for number in range(2 * HELD_OUT + 1):
        assert cv2.imwrite(str(tmp_path / f"p{number:03}.png"), cv2.resize(noise, (80, 80)))
    (tmp_path / "p000.png").write_text("<!DOCTYPE html><title>404</title>")
    (tmp_path / "p003.png").write_bytes(b"")
    (tmp_path / "p004.png").unlink()
    (tmp_path / "p004.png").mkdir()
    (tmp_path / "._p001.png").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        ")
    return tmp_path


def test_bad_photos_are_left_out_of_training_and_judging_alike(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert "._p001.png" not in {path.name for path in picture_files(folder)}
    assert [path.name for path in held_out(folder)] == ["p050.png", "p100.png"]
    crops = PhotoCrops(folder, 64)
    assert len(crops) == 2 * HELD_OUT + 1 - 2 - 3
    assert "3 of the photos cannot be read and are left out: p000.png, p003.png, p004.png" in caplog.text


def test_a_picture_that_claims_an_absurd_size_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"P6 60000 60000 255\nabc")
    with pytest.raises(SourceError, match=r"a\.png is not a picture"):
        read_rgb(tmp_path / "a.png")
