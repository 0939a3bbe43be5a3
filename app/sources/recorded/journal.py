"""Reads the journal of a recording, or the intact part of it."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.journal import LONGEST_LINE, SUFFIX, Ending, Event, HeadSeen, Opening, RigSeen, Shot, entry_of
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory
from allaprima.app.core.reading import Unreadable, check_file
from allaprima.app.core.shell import moving
from allaprima.app.core.view import StereoRig

LARGEST_FILE = 1 << 30
"""Bytes; days of recording."""


@dataclass(slots=True)
class Journal:
    """The content of a journal. `unreadable` lines are left out; `ending` is None if the recording was cut short."""

    opening: Opening
    rig: StereoRig | None = None
    shots: dict[int, Shot] = field(default_factory=dict)
    """Shots by the number of their picture."""
    events: list[Event] = field(default_factory=list)
    heads: list[HeadSeen] = field(default_factory=list)
    ending: Ending | None = None
    unreadable: int = 0
    _history: PoseHistory | None = None

    @property
    def count(self) -> int:
        """Number of pictures that the video should have."""
        return self.ending.count if self.ending else max(self.shots, default=-1) + 1

    @property
    def rate_hz(self) -> float | None:
        """The rate in the first line, else from the usual gap; None if neither is known."""
        if self.opening.rate_hz and 0 < self.opening.rate_hz <= 1000:
            return self.opening.rate_hz
        stamps = [self.shots[number].t_ns for number in sorted(self.shots)]
        gap = median(b - a for a, b in pairwise(stamps)) if len(stamps) > 1 else 0
        return min(1000.0, NS / gap) if gap > 0 else None

    def pose_of(self, shot: Shot) -> Pose | None:
        """Head-to-world at the time of `shot`: its own pose, else interpolated between the headset's samples."""
        if shot.head_pose or not self.heads:
            return shot.head_pose
        if self._history is None:
            self._history = PoseHistory(capacity=len(self.heads))
            for head in sorted(self.heads, key=lambda head: head.t_ns):
                self._history.add(head.t_ns, head.pose)
        return self._history.at(shot.t_ns - self.opening.camera_delay_ns)


def journal_of(video: Path) -> Path | None:
    """The journal beside `video`; None if there is none."""
    path = video.with_suffix(SUFFIX)
    return path if path.is_file() else None


def read_journal(path: Path) -> Journal:
    """All intact lines: a torn line does not affect those after it.

    Raises `RecordingError` if it cannot be read, is too large, or its first line is not that of a recording.
    """
    hint = f"to play the video without it, with its container's milliseconds: {moving(path)}"
    journal: Journal | None = None
    try:
        check_file(path, LARGEST_FILE)
        with path.open(encoding="utf-8", errors="replace") as file:
            while line := file.readline(LONGEST_LINE):
                try:
                    entry = entry_of(line)
                except ValueError as error:
                    if journal is None:
                        raise RecordingError(f"{path} is no journal of a recording: {error}", hint) from error
                    journal.unreadable += 1
                    continue
                match entry:
                    case Opening() if journal is None:
                        journal = Journal(entry)
                    case _ if journal is None:
                        raise RecordingError(f"{path} does not begin as the journal of a recording", hint)
                    case RigSeen() if journal.rig is None:
                        journal.rig = entry.rig
                    case Shot():
                        journal.shots[entry.number] = entry
                    case HeadSeen():
                        journal.heads.append(entry)
                    case Event():
                        journal.events.append(entry)
                    case Ending():
                        journal.ending = entry
    except Unreadable as error:
        raise RecordingError(f"{path} {error}", hint) from error
    except OSError as error:
        raise RecordingError(f"cannot read {path}: {error.strerror or error}", hint) from error
    if journal is None:
        raise RecordingError(f"{path} is empty", hint)
    return journal
