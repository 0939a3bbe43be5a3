"""A recording on disk: the video of both eyes, and the journal of the data that a video cannot hold."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.files import cannot_write, writing
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import SUFFIX, Ending, Entry, Opening, Shot, line_of
from allaprima.app.recording.video import Codec, StereoVideo

VIDEO_SUFFIX = ".mkv"
RIG_SUFFIX = ".rig.toml"


class StereoRecording:
    """`walk.mkv` and `walk.jsonl`, and a copy of the rig file as `walk.rig.toml` if there is one.

    When `write` returns, the pair was passed to the system, its line first: a killed program leaves at least as many
    lines as pictures. Used from one thread. Written data stay after any error; a recording without a pair leaves no
    files. This class fills in `opening.codec` and `opening.made`.

    Raises `SettingsError` for another suffix than .mkv, `RecordingError` if a recording of that name exists or it
    cannot be written. `reserved` says that the empty file is ours.
    """

    def __init__(
        self, path: Path, opening: Opening, codec: Codec = "ffv1", rig_file: Path | None = None, reserved: bool = False
    ) -> None:
        self.path, self.journal_path, self.size = path, path.with_suffix(SUFFIX), opening.size
        self.dropped = 0
        """Pairs lost before this, set by the code that loses them."""
        if not reserved:
            check_new(path)
        self._made: list[Path] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=reserved)
            self._made.append(path)
            self._journal = self._new(self.journal_path)
            if rig_file:
                with self._new(path.with_suffix(RIG_SUFFIX)) as copy:
                    copy.write(rig_file.read_text(encoding="utf-8"))
        except FileExistsError as error:  # another program has taken the name since, or a folder is none
            self._remove()
            raise (_taken(path) if path.parent.is_dir() else cannot_write(path, error)) from None
        except OSError as error:
            self._remove()
            raise cannot_write(path, error) from error
        made = datetime.now().astimezone().isoformat(timespec="seconds")
        try:
            self._video: StereoVideo | None = StereoVideo(path, opening.size, codec, opening.rate_hz)
            self.note(replace(opening, codec=codec, made=made))
        except RecordingError:
            self._remove()
            raise

    @property
    def count(self) -> int:
        return self._count if self._video is None else self._video.count

    def write(self, frame: StereoFrame) -> None:
        """Add a pair. Raises `ValueError` for another size, `RecordingError`."""
        if self._video is None:
            raise ValueError("this recording is closed")
        if frame.size != self.size or frame.right.shape != frame.left.shape:
            raise ValueError("a recording of {}x{} was given {}x{}".format(*self.size, *frame.size))
        self.note(Shot(self._video.count, frame.seq, *frame.grabs_ns, self.dropped, frame.head_pose, frame.held))
        self._video.write(frame.left, frame.right, frame.t_ns)

    def note(self, entry: Entry) -> None:
        """Add a line to the journal. Raises `RecordingError`."""
        with writing(self.journal_path):
            self._journal.write(line_of(entry))

    def close(self) -> None:
        """Finish video and journal. Idempotent. Raises `RecordingError`; what was written can still be played."""
        video, self._video = self._video, None
        if video is None:
            return
        self._count = video.count
        try:
            video.close()
            self.note(Ending(video.count, self.dropped))
        finally:
            with suppress(OSError):  # a full disk has refused a line already
                self._journal.close()
            if not video.count:
                self._remove()

    def _new(self, path: Path) -> TextIO:
        """A new text file, written by lines."""
        file = path.open("x", buffering=1, encoding="utf-8")
        self._made.append(path)
        return file

    def _remove(self) -> None:
        """Remove only the files of this recording."""
        with suppress(OSError, AttributeError):  # it was never opened
            self._journal.close()
        # The video last: it holds the name, which the next recording takes as soon as it is free.
        while self._made:
            with suppress(OSError):
                self._made.pop().unlink(missing_ok=True)


def check_new(path: Path) -> None:
    """Raises `SettingsError` or `RecordingError` if `path` cannot be the name of a new recording."""
    if path.suffix.lower() != VIDEO_SUFFIX:
        raise SettingsError(
            f"{path}: recordings are written as {VIDEO_SUFFIX}", f"name it {path.with_suffix(VIDEO_SUFFIX).name}"
        )
    for taken in (path, path.with_suffix(SUFFIX), path.with_suffix(RIG_SUFFIX)):
        if os.path.lexists(taken):
            raise _taken(taken)


def _taken(path: Path) -> RecordingError:
    return RecordingError(
        f"{path} exists already", f"recordings are never overwritten; name it {path.stem}-2{VIDEO_SUFFIX}"
    )
