"""A film painted with strength 0 is the same film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import films
import numpy as np
import pytest
from films import contents, make, quarters

COUNT = 6
RATES: dict[str, dict[str, Any]] = {
    "25": {"rate": Fraction(25)},
    "29.97": {"rate": Fraction(30000, 1001), "base": Fraction(1, 30000)},
    "variable": {"times": [0, 512, 600, 2000, 2001, 9000]},
}
SOUNDS: dict[str, tuple[str, ...]] = {"silent": (), "aac": ("aac",), "two": ("aac", "pcm_s16le")}


def same(painted: Path, source: Path, within: Fraction = Fraction(0)) -> None:
    """Every picture, time, size and packet; times `within` those seconds, which is what the container can keep.

    Times count from the first picture: MKV holds no times before zero, which AAC begins with, and so moves all.
    """
    new, old = contents(painted), contents(source)
    assert len(new.pictures) == len(old.pictures)
    for times in ((new.times, old.times), (new.sound_times, old.sound_times)):
        since = [[t - found.times[0] for t in these] for found, these in zip((new, old), times, strict=True)]
        assert all(abs(a - b) <= within for a, b in zip(*since, strict=True)), since
    assert new.packets == old.packets
    assert [name or "und" for name in new.languages] == [name or "und" for name in old.languages]
    ends = [found.seconds - float(found.times[0]) for found in (new, old)]
    assert ends[0] == pytest.approx(ends[1], abs=0.001 + float(within))
    assert new.aspect == old.aspect
    for mine, theirs in zip(new.pictures, old.pictures, strict=True):
        assert mine.shape == theirs.shape
        height, width = mine.shape[:2]
        for y in (height // 4, 3 * height // 4):
            for x in (width // 8, 3 * width // 8, 5 * width // 8, 7 * width // 8):
                patch = (slice(y - 3, y + 3), slice(x - 3, x + 3))
                difference = mine[patch].reshape(-1, 3).mean(0) - theirs[patch].reshape(-1, 3).mean(0)
                assert np.abs(difference).max() <= 2, (mine[y, x], theirs[y, x])


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("container", "into"), [("mp4", "mp4"), ("mkv", "mkv"), ("mov", "mp4"), ("mp4", "mkv")])
def test_times_sound_and_colours_are_kept(repaint, tmp_path: Path, container: str, into: str, rate: str, sound: str):
    source = make(
        tmp_path / f"in.{container}",
        [quarters(number=number) for number in range(COUNT)],
        sound=SOUNDS[sound],
        tags={"title": "A walk"},
        **RATES[rate],
    )
    repaint(source, "-o", tmp_path / f"out.{into}")
    same(tmp_path / f"out.{into}", source, Fraction(1, 1000) if into == "mkv" else Fraction(0))
    assert contents(tmp_path / f"out.{into}").title == "A walk"


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_phones_film_stands_upright(repaint, tmp_path: Path, degrees: int, suffix: str) -> None:
    source = films.turn(make(tmp_path / "in.mp4", [quarters()] * 3, sound=("aac",)), degrees)
    repaint(source, "-o", tmp_path / f"out{suffix}")
    same(tmp_path / f"out{suffix}", source, Fraction(1, 1000) if suffix == ".mkv" else Fraction(0))


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (5, False), (5, True), (1, True), (9, False)])
def test_colours_are_those_that_ffmpeg_decodes(repaint, tmp_path: Path, matrix: int, full: bool) -> None:
    source = make(tmp_path / "in.mkv", [quarters()] * 2, matrix=matrix, full=full)
    repaint(source, "-o", tmp_path / "out.mkv")
    same(tmp_path / "out.mkv", source)


def test_ten_bits_a_channel_are_read(repaint, tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", [quarters()] * 2, codec="ffv1", pixels="yuv422p10le", options={})
    repaint(source, "-o", tmp_path / "out.mkv")
    same(tmp_path / "out.mkv", source)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_shape_of_pixels_is_kept(repaint, tmp_path: Path, suffix: str) -> None:
    source = make(tmp_path / "in.mp4", [quarters()] * 2, aspect=Fraction(16, 15))
    repaint(source, "-o", tmp_path / f"out{suffix}")
    assert float(contents(tmp_path / f"out{suffix}").aspect) == pytest.approx(
        16 / 15, rel=0.02
    )  # MKV keeps whole sizes


def test_a_film_that_starts_late_stays_in_step_with_its_sound(repaint, tmp_path: Path) -> None:
    source = make(tmp_path / "in.mp4", [quarters()] * 3, times=[6400, 6912, 7424], sound=("aac",))
    repaint(source, "-o", tmp_path / "out.mp4")
    same(tmp_path / "out.mp4", source)


def test_a_cover_is_no_film(repaint, tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv", [quarters()] * 3)
    with av.open(str(film)) as read, av.open(str(tmp_path / "in.mp4"), "w") as container:
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 200, 200, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        copy = container.add_stream_from_template(read.streams.video[0])
        frame = av.VideoFrame.from_ndarray(np.zeros((200, 200, 3), np.uint8), "rgb24")
        container.mux([*cover.encode(frame), *cover.encode(None)])
        for packet in read.demux(video=0):
            if packet.size:
                packet.stream = copy
                container.mux(packet)
    report = repaint(tmp_path / "in.mp4", "-o", tmp_path / "out.mp4")
    assert report["files"][0]["size"] == [96, 64] and report["pairs"] == 3


def test_a_track_that_the_container_cannot_hold_is_told(repaint, tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", [quarters()] * 3, sound=("aac", "mp2", "wavpack"))
    report = repaint(source, "-o", tmp_path / "out.mp4")
    assert "left out are audio (wavpack)" in report["said"]
    assert len(contents(tmp_path / "out.mp4").packets) == 2


def test_subtitles_and_chapters_are_kept(repaint, tmp_path: Path) -> None:
    text = "1\n00:00:00,000 --> 00:00:00,100\nHello\n\n2\n00:00:00,100 --> 00:00:00,200\nworld\n"
    (tmp_path / "a.srt").write_text(text)
    film = make(tmp_path / "film.mkv", [quarters()] * 6, sound=("aac",))
    source = tmp_path / "in.mkv"
    with av.open(str(film)) as read, av.open(str(tmp_path / "a.srt")) as lines, av.open(str(source), "w") as container:
        inputs = [*read.streams.video, *read.streams.audio, *lines.streams.subtitles]
        copies = {stream: container.add_stream_from_template(stream) for stream in inputs}
        chapter: Any = {"id": 1, "start": 100, "end": 200, "time_base": Fraction(1, 1000), "metadata": {"title": "Two"}}
        container.set_chapters([chapter])
        for packet in (*read.demux(inputs[:2]), *lines.demux(inputs[2:])):
            if packet.size:
                packet.stream = copies[packet.stream]
                container.mux(packet)
    repaint(source, "-o", tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as found:
        spoken = [bytes(packet) for packet in found.demux(subtitles=0) if packet.size]
        (two,) = found.chapters()
    assert spoken == [b"Hello", b"world"]
    assert two["metadata"]["title"] == "Two" and Fraction(two["start"]) * (two["time_base"] or 0) == Fraction(1, 10)
