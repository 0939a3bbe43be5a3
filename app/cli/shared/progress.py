"""Progress bars on standard error; where that is no terminal, nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from allaprima.app.core.console import printable
from allaprima.app.report.terminal import terminal


class Bars(Progress):
    """Rich's, but they never touch standard output, which rich would send where the bars are, and one that was never
    started ends without the empty line that rich leaves.
    """

    def __init__(self, *columns: ProgressColumn, counting: bool = False) -> None:
        """`columns` as `Progress` has them, its own if there are none; `counting` has one with what is done of all."""
        console = terminal(stderr=True)
        if counting:
            name = TextColumn("{task.description}", markup=False)
            columns = name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        super().__init__(
            *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False
        )

    def add_task(self, description: str, *arguments: Any, **options: Any) -> TaskID:
        return super().add_task(printable(description), *arguments, **options)

    def update(self, task_id: TaskID, *arguments: Any, description: str | None = None, **options: Any) -> None:
        super().update(
            task_id, *arguments, description=None if description is None else printable(description), **options
        )

    def stop(self) -> None:
        if self.live.is_started:
            super().stop()


@contextmanager
def share_bar() -> Iterator[Callable[[str, float], None]]:
    """A bar that is told the present step, and the share of the whole that was finished since it was told last."""
    with Bars(TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn()) as bars:
        bar = bars.add_task("", total=1.0)
        yield lambda step, share: bars.update(bar, description=step, advance=share)


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
