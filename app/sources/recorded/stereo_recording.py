"""A recording of this program as a reel: its video, with the journal's exact stamps, skews and poses."""

from collections.abc import Sequence
from pathlib import Path

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.journal import Event, Opening
from allaprima.app.core.shell import moving
from allaprima.app.sources.recorded.journal import Journal, read_journal
from allaprima.app.sources.recorded.video import VideoReel
from allaprima.app.sources.reel import ReelPair


class StereoRecordingReel:
    """Plays the intact part, however the recording ended; `damage` describes the rest.

    Pictures without a line in the journal have the container's milliseconds and no pose; so do all pictures if the
    journal is unusable from its first line on. Raises `RecordingError` if the video cannot be read at all, or the
    journal belongs to another recording.
    """

    def __init__(self, video: Path, journal: Path, layout: str = "auto") -> None:
        self._video = VideoReel(video, layout, own=True)
        self.name, self.size, self.layout = self._video.name, self._video.size, self._video.layout
        self._fault = ""
        try:
            self.journal = read_journal(journal)
        except RecordingError as error:
            self.journal, self._fault = Journal(Opening(self.size)), error.message
        if layout == "auto" and self.size != self.journal.opening.size:
            self._video.close()
            sizes = ["{}x{}".format(*size) for size in (self.journal.opening.size, self.size)]
            raise RecordingError(
                f"{journal} tells of eyes of {sizes[0]}, but those of {video.name} are {sizes[1]}",
                f"they belong to different recordings; to play the video without it: {moving(journal)}",
            )
        self.rig = self.journal.rig or self._video.rig
        self.rate_hz = self.journal.rate_hz or self._video.rate_hz
        self.length: int | None = self.journal.count or self._video.length
        self.close = self._video.close
        self._next = 0
        self._whole: int | None = None  # number of pictures, known once the last was read
        self._anchor_ns = 0  # the container's time zero on the journal's clock

    @property
    def opening(self) -> Opening:
        """The journal's facts about the whole recording."""
        return self.journal.opening

    @property
    def events(self) -> Sequence[Event]:
        """The wearer's choices while the cameras were recorded; a painted recording shows them already."""
        return self.journal.events if self.opening.content == "captured" else ()

    @property
    def damage(self) -> str:
        """The damage noticed so far; empty if there is none."""
        said = []
        if self.journal.ending is None and not self._fault:
            said.append("it was cut short")
        if self.journal.unreadable:
            said.append(f"{self.journal.unreadable} line(s) of its journal cannot be read")
        missing = self.journal.count - len(self.journal.shots)
        if missing > 0:
            said.append(f"{missing} pair(s) have no exact stamp")
        if self._whole is not None and self._whole < self.journal.count:
            said.append(f"{self._whole} of {self.journal.count} pairs are whole")
        return "; ".join(filter(None, (*said, self._fault)))

    def next(self) -> ReelPair | None:
        if self._whole is not None and self._next >= self._whole:
            return None
        number = self._next
        try:
            pair = self._video.next()
        except RecordingError as error:
            if not number:
                raise
            pair, self._fault = None, error.message
        if pair is None:
            self._whole = number
            return None
        self._next += 1
        shot = self.journal.shots.get(number)
        if shot is None:
            t_ns = None if pair.t_ns is None else pair.t_ns + self._anchor_ns
            return ReelPair(pair.left, pair.right, t_ns)
        if pair.t_ns is not None:
            self._anchor_ns = shot.t_ns - pair.t_ns
        skew_ns = shot.right_ns - shot.left_ns
        return ReelPair(pair.left, pair.right, shot.t_ns, self.journal.pose_of(shot), skew_ns, shot.held)

    def rewind(self) -> None:
        self._video.rewind()
        self._next = 0
