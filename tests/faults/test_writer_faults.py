"""Full disks, forbidden folders and names that are taken: one clear line, and nothing half-written."""

from __future__ import annotations

import errno
import os
import sys
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.recording.background import BackgroundSink
from allaprima.app.recording.opening import open_sink
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.picture_folder import PictureFolder
from allaprima.app.recording.screenshot import save_screenshot
from allaprima.app.recording.video import VideoWriter

PICTURE = np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8)
SIZE = (256, 256)

needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="NO /dev/full: full disks not tested")


def full(*arguments: object, **keywords: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_picture_on_a_full_disk_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RecordingError, match="disk is full") as caught:
        write_picture(path, PICTURE)
    assert caught.value.hint
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def onto_full_device(folder: Path) -> None:
    """Make what is written to the temporary in `folder` go where nothing fits; av opens it with the first picture."""
    (file,) = folder.glob(".allaprima-*.part")
    file.unlink()
    file.symlink_to("/dev/full")


@needs_full_device
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_video_on_a_full_disk_is_one_error_and_leaves_the_old_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"old")
    video = VideoWriter(path, SIZE, 30)
    onto_full_device(tmp_path)
    with pytest.raises(RecordingError, match="disk is full"):
        for _ in range(300):
            video.write(PICTURE)
        video.close()
    video.close()
    video.abort()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@needs_full_device
def test_a_full_disk_behind_a_background_writer_is_raised_at_close(tmp_path: Path) -> None:
    video = BackgroundSink(VideoWriter(tmp_path / "film.mkv", SIZE, 30), capacity=100)
    onto_full_device(tmp_path)
    for _ in range(60):
        video.write(PICTURE)
    with pytest.raises(RecordingError, match="disk is full"):
        video.close()
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = VideoWriter(tmp_path / "film.mp4", SIZE, 30)
    video.write(PICTURE)

    class Broken:
        def encode(self, frame: object) -> None:
            raise av.error.ExternalError(-1, "the encoder gave up")

    monkeypatch.setattr(video, "_stream", Broken())
    with pytest.raises(RecordingError, match="the encoder gave up"):
        video.write(PICTURE)
    with pytest.raises(ValueError, match="closed"):
        video.write(PICTURE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film"])
def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").write_bytes(b"mine")
    with pytest.raises(RecordingError, match="cannot be written"):
        open_sink(tmp_path / "taken" / name, SIZE, 30)
    with pytest.raises(RecordingError, match="cannot be written"):
        write_picture(tmp_path / "taken" / "a.png", PICTURE)
    with pytest.raises(RecordingError, match="cannot be written"):
        save_screenshot(PICTURE, tmp_path / "taken", datetime(2026, 1, 1))
    assert (tmp_path / "taken").read_bytes() == b"mine"


def test_a_video_named_like_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(RecordingError, match="is a folder"):
        VideoWriter(tmp_path / "film.mp4", SIZE, 30)


def test_pictures_are_not_mixed_into_a_folder_that_has_something(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_bytes(b"mine")
    with pytest.raises(RecordingError, match="not an empty folder"):
        PictureFolder(tmp_path / "out", SIZE)
    assert [entry.name for entry in tmp_path.rglob("*")] == ["out", "mine.txt"]


def test_two_that_write_one_folder_do_not_meet_and_the_second_is_told(tmp_path: Path) -> None:
    first, second = PictureFolder(tmp_path / "out", SIZE), PictureFolder(tmp_path / "out", SIZE)
    for sink in (first, second):
        sink.write(PICTURE)
    first.close()
    with pytest.raises(RecordingError, match="cannot be written"):
        second.close()
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["000000.png"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="ROOT MAY WRITE ANYWHERE: forbidden folders not tested by permission bits",
)
def test_a_forbidden_folder_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RecordingError, match=r"cannot be written.*ermission"):
        write_picture(tmp_path / "a.png", PICTURE)


def test_permission_errors_hint_at_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: object, **keywords: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", forbidden)
    for write in (
        lambda: write_picture(tmp_path / "a.png", PICTURE),
        lambda: VideoWriter(tmp_path / "a.mp4", SIZE, 30),
        lambda: save_screenshot(PICTURE, tmp_path),
    ):
        with pytest.raises(RecordingError, match="cannot be written") as caught:
            write()
        assert "may write" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_an_output_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        open_sink(tmp_path / "film.gif", SIZE, 30)
    assert ".mp4" in caught.value.hint
