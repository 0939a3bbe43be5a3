"""Of a damaged recording all that is whole is played, and what is not is said."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from recorded import PERIOD_NS, RIG, frame, record

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import RecordingError, SourceEnded
from allaprima.app.core.journal import Opening, line_of
from allaprima.app.sources.recorded.film import Film
from allaprima.app.sources.recorded.opening import open_recording, open_reel
from allaprima.app.sources.reel import Reel, ReelPair

COUNT = 12


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    return record(tmp_path / "walk.mkv", COUNT)


def played(path: Path) -> tuple[list[ReelPair], Reel]:
    reel = open_reel(path)
    pairs = []
    while (pair := reel.next()) is not None:
        pairs.append(pair)
    reel.close()
    return pairs, reel


def keep_lines(walk: Path, keep: slice) -> list[str]:
    journal = walk.with_suffix(".jsonl")
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[keep]), "utf-8")
    return lines


def test_playback_keeps_the_recorded_gaps_skews_and_poses(walk: Path) -> None:
    with open_recording(walk, clock=FakeClock(5)) as source:
        frames = []
        with pytest.raises(SourceEnded):
            while True:
                frames.append(source.read(1))
    assert [f.seq for f in frames] == list(range(COUNT))
    meant = [frame(n) for n in range(COUNT)]
    assert [b.t_ns - a.t_ns for a, b in pairwise(frames)] == [b.t_ns - a.t_ns for a, b in pairwise(meant)]
    for got, wanted in zip(frames, meant, strict=True):
        assert (got.recorded_ns, got.skew_ns, got.head_pose) == (wanted.t_ns, wanted.skew_ns, wanted.head_pose)


def test_a_whole_recording_says_nothing_of_damage(walk: Path) -> None:
    pairs, reel = played(walk)
    assert len(pairs) == COUNT == reel.length and reel.damage == "" and reel.rig == RIG


@pytest.mark.parametrize("share", [0.15, 0.4, 0.66, 0.97])
def test_a_video_cut_short_anywhere_plays_to_its_last_whole_pair(walk: Path, share: float) -> None:
    content = walk.read_bytes()
    walk.write_bytes(content[: int(share * len(content))])
    pairs, reel = played(walk)
    assert COUNT * share - 2 <= len(pairs) < COUNT
    for number, pair in enumerate(pairs):
        assert pair.t_ns == frame(number).t_ns and np.array_equal(pair.right, frame(number).right)
    assert f"{len(pairs)} of {COUNT} pairs are whole" in reel.damage


def test_where_the_decoder_gives_up_it_ends_and_says_why(walk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = Film.next

    def damaged(self: Film) -> object:
        picture = decode(self)
        if picture is not None and np.array_equal(picture.pixels[:, :66], frame(5).left):
            raise RecordingError("it is damaged after 5 pictures")
        return picture

    monkeypatch.setattr(Film, "next", damaged)
    pairs, reel = played(walk)
    assert len(pairs) == 5 and f"5 of {COUNT} pairs are whole; it is damaged" in reel.damage


def test_a_journal_torn_in_its_last_line_costs_that_line(walk: Path) -> None:
    lines = keep_lines(walk, slice(0, 2 + 8))
    journal = walk.with_suffix(".jsonl")
    journal.write_text(journal.read_text("utf-8") + lines[2 + 8][:31], "utf-8")
    pairs, reel = played(walk)
    assert [pair.t_ns for pair in pairs[:8]] == [frame(n).t_ns for n in range(8)]
    assert len(pairs) == COUNT, "the video has them all"
    for number in range(8, COUNT):
        assert pairs[number].t_ns == pytest.approx(frame(number).t_ns, abs=2e6), "the container's milliseconds"
        assert pairs[number].head_pose is None
    assert "cut short" in reel.damage and "1 line(s)" in reel.damage


def test_a_line_spoiled_in_the_middle_moves_no_other(walk: Path) -> None:
    lines = walk.with_suffix(".jsonl").read_bytes().splitlines(keepends=True)
    lines[2 + 4] = b"\xff\x00" + lines[2 + 4][9:]
    walk.with_suffix(".jsonl").write_bytes(b"".join(lines))
    pairs, reel = played(walk)
    assert [p.t_ns for n, p in enumerate(pairs) if n != 4] == [frame(n).t_ns for n in range(COUNT) if n != 4]
    assert pairs[4].t_ns == pytest.approx(frame(4).t_ns, abs=2e6)
    assert "1 line(s) of its journal" in reel.damage and "1 pair(s) have no exact stamp" in reel.damage


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"some": "one else\'s"}\n' * 3, b"\0" * 5000])
def test_without_a_usable_journal_the_video_plays_alone_and_that_is_said(walk: Path, content: bytes) -> None:
    walk.with_suffix(".jsonl").write_bytes(content)
    pairs, reel = played(walk)
    assert len(pairs) == COUNT and "walk.jsonl" in reel.damage
    start = frame(0).t_ns
    assert [p.t_ns for p in pairs] == pytest.approx([frame(n).t_ns - start for n in range(COUNT)], abs=2e6)


def test_a_video_without_its_journal_is_a_side_by_side_video(walk: Path) -> None:
    walk.with_suffix(".jsonl").unlink()
    pairs, _ = played(walk)
    assert len(pairs) == COUNT and np.array_equal(pairs[3].left, frame(3).left)


def test_the_journal_of_another_recording_is_refused(walk: Path) -> None:
    walk.with_suffix(".jsonl").write_text(line_of(Opening((640, 480))))
    with pytest.raises(RecordingError, match="640x480") as caught:
        open_reel(walk)
    assert "walk.jsonl" in caught.value.hint


def test_whoever_gives_the_journal_is_told_of_the_video(walk: Path) -> None:
    with pytest.raises(RecordingError) as caught:
        open_reel(walk.with_suffix(".jsonl"))
    assert "walk.mkv" in caught.value.hint


def test_the_rate_is_told_from_the_stamps_where_the_source_had_none(walk: Path) -> None:
    journal = walk.with_suffix(".jsonl")
    journal.write_text(journal.read_text("utf-8").replace('"rate_hz":30.0', '"rate_hz":null'), "utf-8")
    assert open_reel(walk).rate_hz == pytest.approx(1e9 / PERIOD_NS, rel=0.1)
