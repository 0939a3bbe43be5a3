"""The base of everything that takes finished pictures one after the other."""

from types import TracebackType
from typing import Self

from allaprima.app.core.frame import Pixels


class FrameSink:
    """Takes pictures of one size and leaves a whole result behind at `close`, or none. Used from one thread.

    As a context manager it closes, or after an exception aborts.
    """

    size: tuple[int, int]
    """(width, height) of every picture."""
    count: int
    """How many pictures it has taken."""

    def write(self, rgb: Pixels, t_ns: int | None = None) -> None:
        """Add `rgb` (H, W, 3) uint8, row 0 at the top, seen at `t_ns` on any one clock; None: one period after the
        picture before. Times that do not rise are moved to do so.

        Raises `ValueError` for another size or type, or after `close`; `RecordingError` where it cannot be written.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Finish and give the result its name. Idempotent. Raises `RecordingError`; nothing new is left behind then.

        A sink that took no picture leaves nothing.
        """
        raise NotImplementedError

    def abort(self) -> None:
        """Stop and leave nothing new behind; what stood under the name before is as it was. Idempotent."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abort()
            return
        try:
            self.close()
        except BaseException:  # a signal, too: what is not whole does not stay
            self.abort()
            raise

    def _check(self, rgb: Pixels, open_: bool) -> None:
        width, height = self.size
        if not open_:
            raise ValueError("this sink is closed")
        if rgb.shape != (height, width, 3) or rgb.dtype != "uint8":
            raise ValueError(f"a sink of {width}x{height} RGB uint8 was given {rgb.shape} {rgb.dtype}")
