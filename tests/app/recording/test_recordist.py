"""Recordings that begin and end at a key, while something else goes on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from patience import PATIENCE_S
from recorded import RIG, SIZE, frame

from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Event, Opening
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.recording.recordist import Recordist, recording_summary
from allaprima.app.recording.stereo_recording import RIG_SUFFIX, StereoRecording
from allaprima.app.sources.recorded.journal import read_journal
from allaprima.app.sources.recorded.opening import open_reel

Close = Callable[[Recordist], Recordist]
OPENING = Opening(SIZE, source="a test", rate_hz=30.0)


def test_each_recording_has_its_own_pairs_and_a_name_of_its_own(tmp_path: Path, will_close: Close) -> None:
    recordist = will_close(Recordist(OPENING, file=tmp_path / "walk.mkv"))
    recordist.write(frame(0), RIG)
    assert recordist.toggle() == "recording walk.mkv"
    recordist.write(frame(1), RIG)
    assert recordist.toggle() == "recorded walk.mkv"
    recordist.write(frame(2), RIG)
    assert recordist.toggle() == "recording walk-2.mkv"
    recordist.write(frame(3), RIG)
    takes = recordist.close()
    assert [(take.path.name, take.count) for take in takes] == [("walk.mkv", 1), ("walk-2.mkv", 1)]
    for take, number in zip(takes, (1, 3), strict=True):
        reel = open_reel(take.path)
        pair = reel.next()
        assert pair is not None and pair.t_ns == frame(number).t_ns and reel.rig == RIG
        reel.close()
    assert recordist.close() == takes


def test_without_a_name_it_is_called_by_the_time_and_lies_with_the_users_videos(
    tmp_path: Path, will_close: Close, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_videos_path", lambda: tmp_path / "Videos")
    recordist = will_close(Recordist(OPENING))
    recordist.start()
    recordist.write(frame(0), RIG)
    (take,) = recordist.close()
    assert take.path.parent == tmp_path / "Videos" / "Alla Prima"
    assert re.fullmatch(r"allaprima-\d{8}-\d{6}\.mkv", take.path.name)


def test_a_recording_that_saw_nothing_leaves_nothing(tmp_path: Path, will_close: Close) -> None:
    recordist = will_close(Recordist(OPENING, folder=tmp_path / "videos"))
    recordist.start()
    assert recordist.close() == [] and list((tmp_path / "videos").iterdir()) == []


def test_the_name_of_one_that_saw_nothing_is_free_only_when_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own thread removes it, while the next recording may be looking for a name."""
    (tmp_path / "rig").write_text("")
    unlink = Path.unlink
    begun: list[Path] = []

    def with_another_beginning(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok)
        if self.stem.startswith("walk") and not begun:
            begun.append(recordist.start())

    with closing(Recordist(OPENING, file=tmp_path / "walk.mkv", rig_file=tmp_path / "rig")) as recordist:
        recordist.start()
        (first,) = recordist._takes
        monkeypatch.setattr(Path, "unlink", with_another_beginning)
        recordist.stop()
        first.close()
        recordist.write(frame(0), RIG)
        (take,) = recordist.close()
    assert take.path == begun[0] and take.count == 1
    assert take.journal_path.exists() and take.path.with_suffix(RIG_SUFFIX).exists()


def test_only_what_changes_is_written_down_but_all_of_it_in_each_recording(tmp_path: Path, will_close: Close) -> None:
    recordist = will_close(Recordist(OPENING, file=tmp_path / "walk.mkv"))
    for _ in range(2):
        recordist.start()
        recordist.write(frame(0), RIG)
        for t_ns, style in ((1, "a"), (2, "a"), (3, "b")):
            recordist.state(t_ns, {"style": style, "plain": False})
        recordist.stop()
    for take in recordist.close():
        events = read_journal(take.journal_path).events
        assert events == [Event(1, "style", "a"), Event(1, "plain", False), Event(3, "style", "b")]


def test_the_headsets_own_poses_are_found_again_at_the_stamps_of_pairs_without_one(
    tmp_path: Path, will_close: Close
) -> None:
    delay_ns = 4  # the cameras expose before they stamp
    recordist = will_close(Recordist(replace(OPENING, camera_delay_ns=delay_ns), file=tmp_path / "walk.mkv"))
    recordist.start()
    first, second = frame(0, with_pose=False), frame(1, with_pose=False)
    recordist.head(first.t_ns - delay_ns - 10, Pose((0.0, 0.0, 0.0)))
    recordist.write(first, RIG)
    recordist.head(first.t_ns - delay_ns + 10, Pose((2.0, 0.0, 0.0)))
    recordist.head(second.t_ns - delay_ns, Pose((5.0, 0.0, 0.0)))
    recordist.write(second, RIG)
    (take,) = recordist.close()
    reel = open_reel(take.path)
    poses = [pair.head_pose for pair in (reel.next(), reel.next()) if pair]
    reel.close()
    assert [pose and pose.position[0] for pose in poses] == pytest.approx([1.0, 5.0])


def test_a_changed_distance_of_the_eyes_is_a_line_of_its_own(tmp_path: Path, will_close: Close) -> None:
    recordist = will_close(Recordist(OPENING, file=tmp_path / "walk.mkv"))
    recordist.start()
    wider = StereoRig.parallel(FieldOfView.symmetric(90, 1), 0.07)
    for number, rig in enumerate((RIG, RIG, wider)):
        recordist.write(frame(number), rig)
    (take,) = recordist.close()
    assert take.journal_path.read_text().count('{"rig"') == 2


def test_a_recording_that_begins_while_a_pair_of_the_last_is_on_its_way_is_told_of_the_rig(tmp_path: Path) -> None:
    class Restarted(Recordist):
        """Another one is begun as soon as `write` knows the recorder that there is."""

        def __getattribute__(self, name: str) -> object:
            found = super().__getattribute__(name)
            if name == "_recorder" and restarts:
                restarts.pop()
                self.stop()
                self.start()
            return found

    restarts: list[bool] = []
    with closing(Restarted(OPENING, file=tmp_path / "walk.mkv")) as recordist:
        recordist.start()
        restarts.append(True)
        recordist.write(frame(0), RIG)
        recordist.write(frame(1), RIG)
        (take,) = recordist.close()
    assert take.count == 1 and read_journal(take.journal_path).rig == RIG


def test_a_fault_is_told_once_and_the_next_recording_is_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, full = StereoRecording.write, threading.Event()

    def onto_a_small_disk(self: StereoRecording, pair: StereoFrame) -> None:
        if self.count:
            full.set()
            raise RecordingError("the disk is full")
        write(self, pair)

    monkeypatch.setattr(StereoRecording, "write", onto_a_small_disk)
    with closing(Recordist(OPENING, file=tmp_path / "walk.mkv")) as recordist:
        recordist.start()
        recordist.write(frame(0), RIG)
        assert recordist.fault() is None
        recordist.write(frame(1), RIG)
        assert full.wait(PATIENCE_S)
        (take,) = recordist._takes
        take.close()  # its thread has ended: the fault is there
        assert recordist.fault() is take.fault and recordist.fault() is None
        assert not recordist.recording and recordist.status == ""
        assert recordist.toggle() == "recording walk-2.mkv"
        assert recording_summary(take)["error"] == "the disk is full" and recording_summary(take)["pairs"] == 1


def test_where_it_cannot_be_written_is_a_notice_and_not_the_end(tmp_path: Path, will_close: Close) -> None:
    (tmp_path / "file").write_text("in the way")
    recordist = will_close(Recordist(OPENING, folder=tmp_path / "file"))
    assert "cannot be written" in recordist.toggle() and not recordist.recording


def test_a_name_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        Recordist(OPENING, file=tmp_path / "walk.mp4")
