"""Recordings that are missing, damaged or lying: one clear line each, naming the file."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import RecordingError, SettingsError, SourceEnded
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.recorded.opening import open_recording


def picture(width: int = 32, height: int = 24, value: int = 90) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)


def put(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def pairs(folder: Path, count: int = 3) -> Path:
    for n in range(count):
        for eye in ("left", "right"):
            put(folder / eye / f"{n:03}.png", picture(value=40 + n))
    return folder


def video(path: Path, count: int = 40, size: tuple[int, int] = (128, 48), codec: str = "mpeg4") -> Path:
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(count):
            noise = rng.integers(0, 255, (size[1], size[0], 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode())
    return path


def fails(*path: Path, layout: str = "auto") -> RecordingError:
    """The error of opening and playing `path`; it must come with a hint, on one line."""
    with pytest.raises(RecordingError) as caught:
        what = (path[0], path[1]) if len(path) == 2 else path[0]
        with open_recording(what, pace="fast", layout=layout, clock=FakeClock()) as source:
            while True:
                source.read(0)
    error = caught.value
    assert error.hint and "\n" not in error.message and error.exit_code == 3
    return error


def played(folder: Path, loop: bool = False, frames: int | None = None) -> tuple[list[int], str]:
    """The values of the pairs that are read, and the damage that is noticed."""
    values = []
    with (
        suppress(SourceEnded),
        open_recording(folder, pace="fast", loop=loop, frames=frames, clock=FakeClock()) as source,
    ):
        while True:
            values.append(int(source.read(0).left[0, 0, 0]))
    return values, getattr(source, "damage", "")


def test_missing_path_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "no.mp4") in fails(tmp_path / "no.mp4").message


def test_folder_without_pairs_says_what_it_found_and_looked_for(tmp_path: Path) -> None:
    put(tmp_path / "holiday.png", picture())
    error = fails(tmp_path)
    assert "holiday.png" in error.message and "image_2/image_3" in error.hint and "_left" in error.hint


def test_empty_folder(tmp_path: Path) -> None:
    assert "nothing" in fails(tmp_path).message


def test_pair_of_different_sizes_names_both_files(tmp_path: Path) -> None:
    left, right = put(tmp_path / "a.png", picture()), put(tmp_path / "b.png", picture(40, 24))
    message = fails(left, right).message
    assert all(part in message for part in (str(left), str(right), "32x24", "40x24"))


def test_size_that_changes_on_the_way_names_the_frame(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    pairs(tmp_path)
    for eye in ("left", "right"):
        put(tmp_path / eye / "002.png", picture(48, 24))
    assert played(tmp_path) == ([40, 41], "1 of 3 pairs are left out")
    assert "left out: " in caplog.text and "002.png is 48x24" in caplog.text


def test_frame_without_partner_is_named(tmp_path: Path) -> None:
    (pairs(tmp_path) / "right" / "001.png").unlink()
    message = fails(tmp_path).message
    assert "001.png" in message and "no right partner" in message and "3 left, 2 right" in message


def test_two_files_of_one_frame_and_eye_are_refused(tmp_path: Path) -> None:
    put(pairs(tmp_path) / "left" / "001.jpg", picture())
    assert "001.jpg" in fails(tmp_path).message


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
@pytest.mark.parametrize("broken", [0, 1, 2])
def test_file_that_is_no_picture_is_named_once_and_left_out(
    tmp_path: Path, content: bytes, broken: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    (pairs(tmp_path) / "right" / f"00{broken}.png").write_bytes(content)
    whole = [40 + n for n in range(3) if n != broken]
    assert played(tmp_path, loop=True, frames=5) == ((whole * 3)[:5], "1 of 3 pairs are left out")
    assert caplog.text.count(f"00{broken}.png") == 1


def test_folder_without_a_whole_pair_is_refused_with_the_first_error(tmp_path: Path) -> None:
    pairs(tmp_path)
    for number in range(3):
        (tmp_path / "right" / f"00{number}.png").write_bytes(b"")
    assert "000.png is empty" in fails(tmp_path).message


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_file_that_is_no_video_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "walk_sbs.mp4"
    path.write_bytes(content)
    assert "walk_sbs.mp4" in fails(path).message


def test_truncated_picture_is_refused_or_decoded_but_never_crashes(tmp_path: Path) -> None:
    path = put(tmp_path / "one.png", np.random.default_rng(0).integers(0, 255, (24, 96, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:60])
    assert "one.png" in fails(path).message


@pytest.mark.parametrize("size", [(40_000, 40), (12_000, 12_000), (0, 10)])
def test_absurd_size_is_refused_from_the_header(tmp_path: Path, size: tuple[int, int]) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    path = tmp_path / "big.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b""))
    assert f"{size[0]}x{size[1]}" in fails(path).message


def test_absurd_jpeg_is_refused_from_the_header(tmp_path: Path) -> None:
    path = put(tmp_path / "big.jpg", picture(96, 24))
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    path.write_bytes(data)
    assert "60000x60000" in fails(path).message


def test_odd_width_cannot_be_side_by_side(tmp_path: Path) -> None:
    assert "97x24" in fails(put(tmp_path / "a_sbs.png", picture(97, 24))).message


def test_unknown_layout_lists_the_known_ones(tmp_path: Path) -> None:
    assert "tb-swapped" in fails(put(tmp_path / "a.png", picture()), layout="diagonal").hint


def test_truncated_video_gives_what_decodes_and_then_ends_clearly(tmp_path: Path) -> None:
    path = video(tmp_path / "walk_sbs.avi")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    got = 0
    with open_recording(path, pace="fast", clock=FakeClock()) as source:
        try:
            while True:
                source.read(0)
                got += 1
        except (RecordingError, SourceEnded) as ending:
            assert isinstance(ending, SourceEnded) or str(path) in ending.message
    assert 5 < got < 40


def test_mp4_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    path = video(tmp_path / "walk_sbs.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "walk_sbs.mp4" in fails(path).message


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert "no video stream" in fails(path).message


def test_two_videos_of_different_sizes_name_both(tmp_path: Path) -> None:
    left, right = video(tmp_path / "left.avi"), video(tmp_path / "right.avi", size=(64, 48))
    message = fails(tmp_path).message
    assert str(left) in message and str(right) in message


@pytest.mark.parametrize("text", ["0.0\n0.1\n", "0.0\n0.2\n0.1\n", "0.0\nlater\n0.2\n", "0\n1\nnan\n"])
def test_times_that_do_not_fit_are_refused(tmp_path: Path, text: str) -> None:
    (pairs(tmp_path) / "times.txt").write_text(text)
    assert "times.txt" in fails(tmp_path).message


IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0"


@pytest.mark.parametrize(
    "text", ["", IDENTITY, f"{IDENTITY}\n{IDENTITY}", f"{IDENTITY}\n0 0 0 -1 0 1 0 0 0 0 1 0", "\x00\x01", "P0: x y z"]
)
def test_calibration_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (pairs(tmp_path) / "calib.txt").write_text(text)
    assert "calib.txt" in fails(tmp_path).message


def test_poses_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    (pairs(tmp_path) / "poses.txt").write_text(f"{IDENTITY}\n{IDENTITY}\n")
    assert "2 poses for 3 pairs" in fails(tmp_path).message


@pytest.mark.parametrize("rate", [0.0, -5.0, float("nan"), 1e9])
def test_impossible_rate_is_a_settings_error(tmp_path: Path, rate: float) -> None:
    with pytest.raises(SettingsError):
        open_recording(pairs(tmp_path), rate_hz=rate)


@pytest.mark.parametrize("size", [(0, 480), (640, 100_000), (-1, 5)])
def test_impossible_room_is_a_settings_error(size: tuple[int, int]) -> None:
    with pytest.raises(SettingsError):
        open_source("synthetic", size)


def test_a_codec_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = video(tmp_path / "walk_sbs.mkv")
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_KLINGON/1/ASP"))
    error = fails(path)
    assert "codec" in error.message and "ffmpeg" in error.hint
