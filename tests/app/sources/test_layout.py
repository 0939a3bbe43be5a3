"""Where the two eyes are in one picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from allaprima.app.sources.layout import find_layout

SCREEN, WHOLE, WIDE = (1920, 1080), (640, 480), (3840, 1080)


@pytest.mark.parametrize(
    ("name", "size", "layout", "half"),
    [
        ("Film.2012.3D.HSBS.x264.mp4", SCREEN, "sbs", True),
        ("Film 3D Half-SBS.mkv", (1920, 800), "sbs", True),
        ("film_half_sbs.mkv", WHOLE, "sbs", True),
        ("Film.3D.H-SBS.mkv", WHOLE, "sbs", True),
        ("Film.FSBS.mkv", SCREEN, "sbs", False),
        ("film full-sbs.mkv", SCREEN, "sbs", False),
        ("film_sbs.mkv", SCREEN, "sbs", True),  # two eyes on one screen are squeezed
        ("film_sbs.mkv", WIDE, "sbs", False),
        ("film side by side.mp4", WIDE, "sbs", False),
        ("Film.3D.HTAB.mkv", SCREEN, "tb", True),
        ("Film.3D.HOU.mkv", SCREEN, "tb", True),
        ("Film.3D.TAB.mkv", SCREEN, "tb", True),
        ("Film half-ou.mkv", WHOLE, "tb", True),
        ("Film over-under.mp4", (1280, 1440), "tb", False),
        ("Film.3D.OU.1080p.mkv", WHOLE, "tb", False),
        ("clip_180_LR.mp4", (5760, 2880), "sbs", False),
        ("LR_180_clip.mp4", (5760, 2880), "sbs", False),
        ("cross_rl.mp4", WHOLE, "sbs-swapped", False),
        ("DSC0001.JPS", WIDE, "sbs-swapped", False),
        ("vacances mer ou montagne.mp4", WHOLE, "mono", False),
        ("vacances mer ou montagne.mp4", (640, 960), "tb", False),
        ("backup 2tb.mp4", WHOLE, "mono", False),
        ("film lr.mp4", WHOLE, "mono", False),
        ("guitar tab lesson.mp4", WHOLE, "mono", False),
        ("hour.mp4", WHOLE, "mono", False),
        ("rl stine.mp4", WHOLE, "mono", False),
        ("3d printing.mp4", WHOLE, "mono", False),
    ],
)
def test_names_say_where_the_eyes_are(name: str, size: tuple[int, int], layout: str, half: bool) -> None:
    found = find_layout("auto", size, Path(name))
    assert (found.layout, found.half) == (layout, half)
    if layout != "mono":
        assert "--stereo mono" in found.told


@pytest.mark.parametrize(
    ("asked", "size", "pixels", "eye"),
    [
        ("half-sbs", WHOLE, Fraction(1), Fraction(2)),
        ("half-tb", WHOLE, Fraction(1), Fraction(1, 2)),
        ("sbs", SCREEN, Fraction(1), Fraction(1)),  # asked for is believed
        ("sbs", SCREEN, Fraction(2), Fraction(2)),  # the file itself says that it is squeezed
        ("sbs", WIDE, Fraction(2), Fraction(1)),  # what mkvmerge writes for full eyes, too
        ("mono", WHOLE, Fraction(16, 15), Fraction(16, 15)),
    ],
)
def test_squeezed_eyes_have_wide_pixels(asked: str, size: tuple[int, int], pixels: Fraction, eye: Fraction) -> None:
    assert find_layout(asked, size, Path("film.mp4"), "", pixels).pixel_aspect == eye


def test_the_films_own_mark_comes_before_its_name() -> None:
    found = find_layout("auto", SCREEN, Path("film_tb.mkv"), "right_left")
    assert (found.layout, found.half, found.why) == ("sbs-swapped", True, "the file says so")


def test_of_a_still_the_shape_says_nothing() -> None:
    assert find_layout("auto", (9000, 1000), Path("panorama.jpg"), by_shape=False).layout == "mono"
    assert find_layout("auto", (9000, 1000), Path("pair_sbs.jpg"), by_shape=False).layout == "sbs"
