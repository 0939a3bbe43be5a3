"""A journal says exactly what it was told, and a stranger's journal says nothing dangerous."""

from __future__ import annotations

import math

import numpy as np
import pytest

from allaprima.app.core.journal import Ending, Entry, Event, HeadSeen, Opening, RigSeen, Shot, entry_of, line_of
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig

POSE = Pose.from_euler(0.1, -1 / 3, 1e-9, position=(0.1 + 0.2, -math.pi, 1e-300))
RIG = StereoRig(
    CameraView(FieldOfView(0.7, 0.71, 0.5, 1 / 3), Pose((-0.0315, 0, 0))),
    CameraView(FieldOfView(0.71, 0.7, 0.5, 1 / 3), POSE),
)
ENTRIES: list[Entry] = [
    Opening((640, 480), "painted", "ffv1", 'Übersee "絵"\n', 29.97, "2026-11-21T12:00:00+01:00", 12_345_678),
    Opening((1, 1)),
    RigSeen(RIG),
    Shot(7, 9, 9_007_199_254_740_993, 9_007_199_254_740_995 - 10**7, 3, POSE),
    Shot(0, 0, -5, 0),
    Shot(1, 1, -5, 20, held="left"),
    HeadSeen(123_456_789_012_345_678, POSE),
    Event(1, "style", "The Great Wave"),
    Event(1, "plain", False),
    Event(1, "strength", 0.1 + 0.2),
    Ending(10, 2),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_every_entry_is_read_back_bit_by_bit_from_one_line(entry: Entry) -> None:
    line = line_of(entry)
    assert line.endswith("\n") and line.count("\n") == 1
    assert entry_of(line) == entry


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    pose = Pose((np.float64(0.5), np.float32(0.25), 0.0))  # type: ignore[arg-type]
    assert entry_of(line_of(HeadSeen(1, pose))) == HeadSeen(1, Pose((0.5, 0.25, 0.0)))


def test_a_kind_of_line_from_a_later_version_is_passed_over() -> None:
    assert entry_of('{"temperature": 40}') is None
    assert entry_of('{"event":"hands","value":[1,{}],"t_ns":1}') is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\0\0\0",
        "[1]",
        '"pair"',
        "[" * 100_000,
        '{"pair":0,"seq":0,"left_ns":1,"right_ns":1,"dropped":0,"he',
        '{"pair":0}',
        '{"pair":0.5,"seq":0,"left_ns":1,"right_ns":1,"dropped":0,"head":null}',
        '{"pair":0,"seq":0,"left_ns":1,"right_ns":1,"dropped":0,"head":null,"held":"nose"}',
        '{"event":"strength","value":NaN,"t_ns":1}',
        '{"event":"strength","value":1e999,"t_ns":1}',
        '{"event":"strength","value":0.5,"t_ns":1.5}',
        '{"pair":true,"seq":0,"left_ns":1,"right_ns":1,"dropped":0,"head":null}',
        '{"pair":0,"seq":0,"left_ns":1e400,"right_ns":1,"dropped":0,"head":null}',
        f'{{"pair":0,"seq":0,"left_ns":{10**30},"right_ns":1,"dropped":0,"head":null}}',
        f'{{"pair":0,"seq":0,"left_ns":{"9" * 5000},"right_ns":1,"dropped":0,"head":null}}',
        '{"pair":0,"seq":0,"left_ns":1,"right_ns":1,"dropped":0,"head":[0,0,0,0,0,0,0]}',
        '{"head":[NaN,0,0,0,0,0,1],"t_ns":1}',
        '{"head":[0,0,0,0,0,1],"t_ns":1}',
        '{"rig":{"left":{"fov":[1,-1,1,1],"to_head":[0,0,0,0,0,0,1]},"right":{}}}',
        '{"rig":3}',
        '{"allaprima":"recording","format":2,"size":[1,1],"content":"captured"}',
        '{"allaprima":"recording","format":1,"size":[0,1],"content":"captured"}',
        '{"allaprima":"pack"}',
    ],
)
def test_what_is_torn_or_cannot_be_is_a_value_error_and_nothing_worse(line: str) -> None:
    with pytest.raises(ValueError):
        entry_of(line)
