"""Starts and stops recordings during a session, and passes the session's events to them."""

from pathlib import Path
from typing import Any

import platformdirs

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.interruption import postponed
from allaprima.app.core.journal import Event, HeadSeen, Opening, RigSeen
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.recording.naming import dated, reserve
from allaprima.app.recording.recorder import Recorder
from allaprima.app.recording.stereo_recording import VIDEO_SUFFIX, StereoRecording, check_new
from allaprima.app.recording.video import Codec

State = dict[str, str | float | bool | None]


class Recordist:
    """Makes any number of recordings, one at a time. Only `close` waits for a disk or an encoder.

    `opening` is common to all of them; its content says whether `write` gets captured or painted pairs. The first is
    named `file`, later ones have a number added; with None, they are named by the time, in `folder` (None:
    `Alla Prima` in the user's videos).
    """

    def __init__(
        self,
        opening: Opening,
        codec: Codec = "ffv1",
        file: Path | None = None,
        folder: Path | None = None,
        rig_file: Path | None = None,
    ) -> None:
        self.painted = opening.content == "painted"
        self._opening, self._codec, self._rig_file = opening, codec, rig_file
        self._file, self._folder = file, folder
        self._takes: list[Recorder] = []
        self._recorder: Recorder | None = None
        self._rig: tuple[Recorder, StereoRig] | None = None  # the last rig written, and its recorder
        self._state: State = {}
        if file:
            check_new(file)

    @property
    def recording(self) -> bool:
        return self._recorder is not None

    @property
    def dropped(self) -> int:
        """Pairs lost by all recordings so far."""
        return sum(take.dropped for take in self._takes)

    @property
    def status(self) -> str:
        """One line for the HUD; empty while nothing is recorded."""
        if not self._recorder:
            return ""
        lost = f", {self._recorder.dropped} lost" if self._recorder.dropped else ""
        return f"recording: {self._recorder.count} pairs{lost}"

    def start(self) -> Path:
        """Begin a recording, unless one is running; returns its path. Raises `RecordingError`."""
        if self._recorder:
            return self._recorder.path
        with postponed():
            self._takes.append(Recorder(self._opened()))
        self._state, self._recorder = {}, self._takes[-1]
        return self._recorder.path

    def _opened(self) -> StereoRecording:
        if self._file and not self._takes:
            return StereoRecording(self._file, self._opening, self._codec, self._rig_file)
        folder = self._folder or (self._file.parent if self._file else platformdirs.user_videos_path() / "Alla Prima")
        path = reserve(folder, self._file.stem if self._file else dated(), VIDEO_SUFFIX)
        return StereoRecording(path, self._opening, self._codec, self._rig_file, reserved=True)

    def stop(self) -> Path | None:
        """End the recording, which then completes in the background; returns its path, None if there is none."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        recorder.end()
        return recorder.path

    def toggle(self) -> str:
        """Start or stop a recording; returns a text for the user."""
        if path := self.stop():
            return f"recorded {path.name}"
        try:
            return f"recording {self.start().name}"
        except RecordingError as error:
            return error.message

    def write(self, frame: StereoFrame, rig: StereoRig) -> None:
        """Record a pair, taken with `rig`. From any thread."""
        if recorder := self._recorder:
            if self._rig != (recorder, rig):
                self._rig = (recorder, rig)
                recorder.note(RigSeen(rig))
            recorder.write(frame)

    def head(self, t_ns: int, pose: Pose) -> None:
        """Record the headset's `pose` at `t_ns`."""
        if recorder := self._recorder:
            recorder.note(HeadSeen(t_ns, pose))

    def state(self, t_ns: int, state: State) -> None:
        """Record the changes of the session's state at `t_ns`."""
        if (recorder := self._recorder) and state != self._state:
            for name, value in state.items():
                if name not in self._state or self._state[name] != value:
                    recorder.note(Event(t_ns, name, value))
            self._state = state

    def fault(self) -> RecordingError | None:
        """Why the recording ended by itself; returned once."""
        recorder = self._recorder
        if recorder is None or recorder.fault is None:
            return None
        self.stop()
        return recorder.fault

    def close(self) -> list[Recorder]:
        """Complete all recordings; returns those that are not empty. Idempotent."""
        self.stop()
        for take in self._takes:
            take.close()
        return [take for take in self._takes if take.count]


def recording_summary(take: Recorder) -> dict[str, Any]:
    """The result of a recording, for people and programs: `encode_ms` is the mean per pair, with its writing."""
    return {
        "file": str(take.path),
        "journal": str(take.journal_path),
        "pairs": take.count,
        "dropped": take.dropped,
        "bytes": take.path.stat().st_size if take.path.exists() else 0,
        "encode_ms": round(take.encode_ns / take.count / 1e6, 2) if take.count else None,
        "slowest_ms": round(take.slowest_ns / 1e6, 2),
        "error": take.fault.message if take.fault else None,
    }
