"""What is recorded is read back: count, stamps, poses, and with FFV1 every bit of every pixel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from recorded import RIG, SIZE, frame, record

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.frame import Eye
from allaprima.app.core.journal import Ending, Opening
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.app.recording.video import Codec
from allaprima.app.sources.recorded.journal import read_journal
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.recorded.stereo_recording import StereoRecordingReel


@pytest.mark.parametrize("codec", ["ffv1", "h264"])
def test_count_stamps_skews_poses_and_rig_are_what_they_were(tmp_path: Path, codec: Codec) -> None:
    path = record(tmp_path / "walk.mkv", 12, codec)
    reel = StereoRecordingReel(path, path.with_suffix(".jsonl"))
    assert (reel.rig, reel.size, reel.rate_hz, reel.length) == (RIG, SIZE, 30.0, 12)
    for number in range(12):
        pair, meant = reel.next(), frame(number)
        assert pair is not None
        assert (pair.t_ns, pair.skew_ns, pair.head_pose) == (meant.t_ns, meant.skew_ns, meant.head_pose)
        if codec == "ffv1":
            assert np.array_equal(pair.left, meant.left) and np.array_equal(pair.right, meant.right)
    assert reel.next() is None and reel.next() is None and reel.damage == ""
    reel.rewind()
    again = reel.next()
    assert again is not None and again.t_ns == frame(0).t_ns
    reel.close()


@pytest.mark.parametrize("eye", ["left", "right"])
def test_a_held_picture_is_held_again_in_the_replay_with_its_own_stamp(tmp_path: Path, eye: Eye) -> None:
    first, second, third = (frame(number) for number in range(3))
    fresh = second.grabs_ns[eye == "left"]
    skew_ns = fresh - first.t_ns if eye == "left" else first.grabs_ns[1] - fresh
    if eye == "left":
        second = replace(second, left=first.left, t_ns=fresh, skew_ns=skew_ns, held=eye)
    else:
        second = replace(second, right=first.right, t_ns=fresh, skew_ns=skew_ns, held=eye)
    recording = StereoRecording(tmp_path / "walk.mkv", Opening(SIZE, rate_hz=30.0))
    for each in (first, second, third):
        recording.write(each)
    recording.close()
    with open_recording(tmp_path / "walk.mkv", clock=FakeClock()) as source:
        played = [source.read(1) for _ in range(3)]
    for got, meant in zip(played, (first, second, third), strict=True):
        assert (got.recorded_ns, got.skew_ns, got.held) == (meant.t_ns, meant.skew_ns, meant.held)
        assert [b - a for a, b in zip(got.grabs_ns, meant.grabs_ns, strict=True)] == [meant.t_ns - got.t_ns] * 2
        assert np.array_equal(got.left, meant.left) and np.array_equal(got.right, meant.right)
    assert [f.t_ns - played[0].t_ns for f in played] == [f.t_ns - first.t_ns for f in (first, second, third)]
    shots = read_journal(tmp_path / "walk.jsonl").shots
    place = (eye == "right") * 1
    assert (shots[1].left_ns, shots[1].right_ns)[place] == (shots[0].left_ns, shots[0].right_ns)[place]


def test_h264_is_nearly_what_was_seen(tmp_path: Path) -> None:
    ramp = np.add.outer(np.arange(96), np.arange(128))[..., None] * (1, 0.6, 0.3)
    left, right = ramp.astype(np.uint8), 255 - ramp.astype(np.uint8)
    seen = frame(0)
    recording = StereoRecording(tmp_path / "a.mkv", Opening((128, 96)), "h264")
    for number in range(5):
        recording.write(type(seen)(left, right, number, number * 10**8))
    recording.close()
    reel = StereoRecordingReel(tmp_path / "a.mkv", tmp_path / "a.jsonl")
    pair = reel.next()
    reel.close()
    assert pair is not None
    for got, meant in ((pair.left, left), (pair.right, right)):
        assert np.abs(got.astype(int) - meant).mean() < 1.5


def test_players_are_told_that_it_is_stereo(tmp_path: Path) -> None:
    with av.open(str(record(tmp_path / "walk.mkv", 2))) as container:
        assert container.streams.video[0].metadata["stereo_mode"] == "left_right"


def test_gaps_of_the_source_and_the_end_are_in_the_journal(tmp_path: Path) -> None:
    journal = read_journal(record(tmp_path / "walk.mkv", 9).with_suffix(".jsonl"))
    assert [shot.seq for shot in journal.shots.values()] == [frame(n).seq for n in range(9)]
    assert journal.ending == Ending(9, 0)
    assert (journal.opening.source, journal.opening.codec, journal.opening.content) == ("a test", "ffv1", "captured")


@pytest.mark.parametrize("taken", ["walk.mkv", "walk.jsonl"])
def test_a_recording_is_never_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"mine")
    with pytest.raises(RecordingError, match="exists already"):
        StereoRecording(tmp_path / "walk.mkv", Opening(SIZE))
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [(taken, b"mine")]


@pytest.mark.parametrize("name", ["walk.mp4", "walk"])
def test_another_suffix_is_refused_with_the_name_that_works(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        StereoRecording(tmp_path / name, Opening(SIZE))
    assert "walk.mkv" in caught.value.hint and list(tmp_path.iterdir()) == []


def test_without_a_pair_nothing_is_left(tmp_path: Path) -> None:
    StereoRecording(tmp_path / "walk.mkv", Opening(SIZE)).close()
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_refuses_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", set())
    with pytest.raises(RecordingError, match="cannot write ffv1"):
        StereoRecording(tmp_path / "walk.mkv", Opening(SIZE))
    assert list(tmp_path.iterdir()) == []


def test_the_rig_file_comes_along(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("baseline = 0.0641\n")
    recording = StereoRecording(tmp_path / "walk.mkv", Opening(SIZE), rig_file=tmp_path / "rig.toml")
    recording.write(frame(0))
    recording.close()
    assert (tmp_path / "walk.rig.toml").read_text() == "baseline = 0.0641\n"


@pytest.mark.parametrize(("codec", "most_lost"), [("ffv1", 2), ("h264", 8)])
def test_at_every_moment_what_is_on_disk_plays_but_for_a_quarter_of_a_second(
    tmp_path: Path, codec: Codec, most_lost: int
) -> None:
    """A program that is killed leaves what has reached the system by then: look at just that after every pair."""
    path, copy = tmp_path / "walk.mkv", tmp_path / "copy.mkv"
    recording = StereoRecording(path, Opening(SIZE, rate_hz=30.0), codec)
    for number in range(45):
        recording.write(frame(number))
        if number < 15 or number % 4:
            continue
        copy.write_bytes(path.read_bytes())
        copy.with_suffix(".jsonl").write_bytes(path.with_suffix(".jsonl").read_bytes())
        reel = StereoRecordingReel(copy, copy.with_suffix(".jsonl"))
        assert len(reel.journal.shots) == number + 1, "every line is there"
        whole = 0
        while (pair := reel.next()) is not None:
            assert pair.t_ns == frame(whole).t_ns
            whole += 1
        reel.close()
        assert number + 1 - whole <= most_lost
        assert "cut short" in reel.damage
    recording.close()
