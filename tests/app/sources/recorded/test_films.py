"""Films as they are found: damaged, cut short, in HDR, spherical, interlaced, of two rates."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from films import contents, make, quarters

from allaprima.app.core.errors import RecordingError
from allaprima.app.sources.recorded import film as films
from allaprima.app.sources.recorded.film import Film, Shown
from allaprima.app.sources.recorded.opening import open_reel

MJPEG: dict[str, Any] = {"codec": "mjpeg", "pixels": "yuvj420p", "options": {}, "full": True}


def played(path: Path) -> tuple[list[Shown], Film]:
    film = Film(path)
    found = []
    while (picture := film.next()) is not None:
        found.append(picture)
    film.close()
    return found, film


def spoil(path: Path, *numbers: int) -> None:
    """Overwrite those pictures, each of which is a packet of its own."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [(packet.pos or 0, packet.size) for packet in container.demux(video=0) if packet.size]
    for number in numbers:
        at, size = packets[number]
        data[at + 8 : at + size] = bytes(size - 8)
    path.write_bytes(data)


@pytest.mark.parametrize("lost", [(10,), (3, 4, 5), (1, 18)])
def test_a_picture_that_cannot_be_decoded_is_left_out_and_told(tmp_path: Path, lost: tuple[int, ...]) -> None:
    path = make(tmp_path / "a.avi", [quarters(number=n % 5) for n in range(20)], base=Fraction(1, 25), **MJPEG)
    whole, _ = played(path)
    spoil(path, *lost)
    found, film = played(path)
    assert len(found) == 20 - len(lost)
    assert f"{len(lost)} picture(s) cannot be decoded" in film.damage
    assert [p.t_ns for p in found] == [p.t_ns for n, p in enumerate(whole) if n not in lost], "the others stay in time"


def test_after_many_lost_pictures_a_film_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.avi", [quarters()] * 20, base=Fraction(1, 25), **MJPEG)
    spoil(path, *range(5, 15))
    monkeypatch.setattr(films, "MOST_LOST", 8)
    found, film = played(path)
    assert len(found) == 5 and "cannot be decoded" in film.damage


def test_a_recording_of_this_program_ends_where_it_is_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / "a.avi", [quarters()] * 20, base=Fraction(1, 25), **MJPEG)
    spoil(path, 10)
    film = Film(path, strict=True)
    with pytest.raises(RecordingError, match="damaged after"):
        while film.next() is not None:
            pass
    film.close()


@pytest.mark.parametrize("share", [0.4, 0.7])
def test_a_film_cut_short_says_how_much_is_there(tmp_path: Path, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (30, 64, 96, 3), np.uint8)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "20", "bf": "0"})
        stream.width, stream.height = 96, 64
        for rgb in noise:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        container.mux(stream.encode(None))
    assert not played(path)[1].damage
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    found, film = played(path)
    assert 0 < len(found) < 30 and "of 30 pictures are there" in film.damage


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_whole_film_has_no_damage(tmp_path: Path, suffix: str) -> None:
    kind: dict[str, Any] = MJPEG if suffix == ".avi" else {}
    sound = () if suffix == ".avi" else ("aac",)
    path = make(tmp_path / f"a{suffix}", [quarters()] * 12, base=Fraction(1, 25), sound=sound, **kind)
    assert played(path)[1].damage == ""


@pytest.mark.parametrize(("left_hz", "right_hz"), [(30, 60), (60, 30), (25, 24), (30, 30)])
def test_two_films_of_two_rates_stay_together(tmp_path: Path, left_hz: int, right_hz: int) -> None:
    """The brightness of a picture is its time."""
    for name, rate in (("left", left_hz), ("right", right_hz)):
        pictures = [np.full((64, 96, 3), round(20 + 200 * n / rate), np.uint8) for n in range(rate)]
        make(tmp_path / f"{name}.mp4", pictures, rate=Fraction(rate), base=Fraction(1, 600))
    reel = open_reel((tmp_path / "left.mp4", tmp_path / "right.mp4"))
    found = []
    while (pair := reel.next()) is not None:
        found.append(pair)
    reel.rewind()
    assert reel.next() is not None
    reel.close()
    apart = [abs(float(p.left.mean()) - float(p.right.mean())) / 200 for p in found]
    assert max(apart) <= 0.5 / min(left_hz, right_hz) + 0.01
    assert left_hz - 2 <= len(found) <= left_hz
    assert all(a.t_ns is not None and b.t_ns is not None and a.t_ns < b.t_ns for a, b in pairwise(found))


@pytest.mark.parametrize(("curve", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_becomes_ordinary_colours(tmp_path: Path, curve: int, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Grey of 203 cd/m2, which BT.2408 calls white, is bright, and red stays red."""
    caplog.set_level("INFO")
    path = tmp_path / "a.mkv"
    level = 0.58 if curve == 16 else 0.75
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = 9, 1, 9, curve
        frame = av.VideoFrame(64, 64, "yuv420p10le")
        for plane, value in zip(frame.planes, (round(64 + 876 * level), 512, 512), strict=True):
            plane.update(np.full(plane.buffer_size // 2, value, "<u2").tobytes())
        frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, 1, 9, curve
        container.mux([*stream.encode(frame), *stream.encode()])
    found, _ = played(path)
    assert np.ptp(found[0].pixels[32, 32].astype(int)) <= 3, "grey stays grey"
    assert found[0].pixels[32, 32].min() > 200
    assert f"in HDR ({name})" in caplog.text


def test_an_interlaced_film_loses_its_combs_and_no_picture(tmp_path: Path) -> None:
    pictures = []
    for number in range(8):
        pictures.append(np.zeros((64, 96, 3), np.uint8))
        for field in (0, 1):  # a white bar that moves between the fields, too
            at = 8 + 8 * number + 4 * field
            pictures[-1][field::2, at : at + 12] = 255
    path = make(
        tmp_path / "a.mkv", pictures, options={"crf": "1", "bf": "0", "x264-params": "tff=1"}, base=Fraction(1, 25)
    )
    found, _ = played(path)
    assert [p.t_ns for p in found] == [n * 40_000_000 for n in range(8)]

    def comb(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture[8:-8, :, 1].astype(int), axis=0)).mean())

    assert comb(found[4].pixels) < 0.3 * comb(contents(path).pictures[4])


def test_a_film_played_again_is_not_short_by_what_is_still_to_come(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp4", [quarters()] * 12, base=Fraction(1, 25))
    film = Film(path)
    while film.next() is not None:
        pass
    film.rewind()
    assert film.next() is not None and film.damage == ""
    film.close()
