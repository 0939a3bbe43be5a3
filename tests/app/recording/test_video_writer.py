"""Videos, read back."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.recording.video import StereoLayout, VideoWriter

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


def quadrants(width: int, height: int) -> np.ndarray:
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = COLOURS[:2]
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = COLOURS[2:]
    return picture


def decoded(path: Path) -> tuple[list[np.ndarray], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray(format="rgb24") for frame in frames], [float(frame.time) for frame in frames]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("size", [(64, 48), (65, 49), (130, 33)])
def test_colours_and_directions_survive_in_even_and_odd_sizes(
    tmp_path: Path, suffix: str, size: tuple[int, int]
) -> None:
    path = tmp_path / f"film{suffix}"
    with VideoWriter(path, size, 30) as video:
        for _ in range(3):
            video.write(quadrants(*size))
    pictures, _ = decoded(path)
    assert len(pictures) == 3
    width, height = size
    assert pictures[0].shape == (height + height % 2, width + width % 2, 3)
    seen = [pictures[-1][y, x] for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    assert np.abs(np.array(seen, int) - COLOURS).max() <= 6


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_odd_edge_repeats_its_neighbour(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    with VideoWriter(path, (63, 47), 30) as video:
        video.write(np.full((47, 63, 3), 200, np.uint8))
    (picture,), _ = decoded(path)
    assert np.abs(picture.astype(int) - 200).max() <= 3


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_are_kept_from_the_first_picture_on(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    start = 77_123_456_789
    offsets = [0, 33_000_000, 100_000_000, 101_000_000, 2_000_000_000]
    with VideoWriter(path, (64, 48), 30) as video:
        for offset in offsets:
            video.write(quadrants(64, 48), start + offset)
    _, times = decoded(path)
    assert times == pytest.approx([offset / 1e9 for offset in offsets], abs=0.001)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("rate", [24, 29.97, 90])
def test_without_times_pictures_come_at_the_rate(tmp_path: Path, suffix: str, rate: float) -> None:
    path = tmp_path / f"film{suffix}"
    with VideoWriter(path, (64, 48), rate) as video:
        for _ in range(10):
            video.write(quadrants(64, 48))
    _, times = decoded(path)
    assert times == pytest.approx([index / rate for index in range(10)], abs=0.0011)


def test_times_that_do_not_rise_are_moved_until_they_do(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with VideoWriter(path, (64, 48), 30) as video:
        for t_ns in (1_000_000_000, 1_000_000_000, 1_000_000_100, 500_000_000, 1_200_000_000):
            video.write(quadrants(64, 48), t_ns)
    _, times = decoded(path)
    assert len(times) == 5
    assert all(b - a >= 0.0009 for a, b in pairwise(times))
    assert times[-1] == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize(("layout", "mode"), [("sbs", "left_right"), ("tb", "top_bottom"), (None, None)])
def test_mkv_keeps_the_stereo_mode(tmp_path: Path, layout: StereoLayout | None, mode: str | None) -> None:
    path = tmp_path / "film.mkv"
    with VideoWriter(path, (64, 48), 30, layout) as video:
        video.write(quadrants(64, 48))
    with av.open(str(path)) as container:
        assert container.streams.video[0].metadata.get("stereo_mode") == mode


def test_mp4_has_its_index_in_front_so_that_it_streams(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (64, 48), 30) as video:
        video.write(quadrants(64, 48))
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_pixels_are_420_so_that_every_player_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (64, 48), 30) as video:
        video.write(quadrants(64, 48))
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.pix_fmt, int(context.colorspace)) == ("yuv420p", 1)


def test_where_there_is_no_h264_it_falls_back_to_mpeg4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (64, 48), 30) as video:
        for index in range(5):
            video.write(quadrants(64, 48), index * 20_000_000)
    pictures, times = decoded(path)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec.name == "mpeg4"
    assert times == pytest.approx([0, 0.02, 0.04, 0.06, 0.08], abs=0.001)
    assert np.abs(pictures[0][10, 10].astype(int) - (255, 0, 0)).max() <= 8


def test_a_name_that_is_not_ascii_is_written(tmp_path: Path) -> None:
    path = tmp_path / "Ausgänge 絵" / "große Welle.mp4"
    with VideoWriter(path, (64, 48), 30) as video:
        video.write(quadrants(64, 48))
    assert len(decoded(path)[0]) == 1


@pytest.mark.parametrize("name", ["film.avi", "film", "film.mp4.txt"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        VideoWriter(tmp_path / name, (64, 48), 30)
    assert ".mp4" in caught.value.hint and ".mkv" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("size", "rate"), [((0, 48), 30), ((64, 99999), 30), ((64, 48), 0), ((64, 48), 1e6)])
def test_absurd_sizes_and_rates_are_refused(tmp_path: Path, size: tuple[int, int], rate: float) -> None:
    with pytest.raises(SettingsError):
        VideoWriter(tmp_path / "film.mp4", size, rate)
    assert list(tmp_path.iterdir()) == []
