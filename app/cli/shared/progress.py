"""Progress bars on standard error; where that is no terminal, nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, ProgressColumn


class Bars(Progress):
    """Rich's, but they never touch standard output, which rich would send where the bars are, and one that was never
    started ends without the empty line that rich leaves.
    """

    def __init__(self, *columns: ProgressColumn) -> None:
        """`columns` as `Progress` has them, its own if there are none."""
        console = Console(stderr=True)
        super().__init__(
            *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False
        )

    def stop(self) -> None:
        if self.live.is_started:
            super().stop()


@contextmanager
def drawing_progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error for the synthetic room's first drawing; nothing where it is drawn already."""
    bars = Bars()
    bar = bars.add_task("drawing the synthetic room, once", total=None)

    def progress(done: int, total: int) -> None:
        if done == 1:
            bars.start()
        bars.update(bar, completed=done, total=total)
        if done == total:
            bars.stop()

    try:
        yield progress
    finally:
        bars.stop()
