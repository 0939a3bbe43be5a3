"""Tables and coloured lines for a terminal, always printable."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RichCast
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from allaprima.app.core.console import printable_lines, to_stdout


def figures_table(*headings: str, **options: Any) -> Table:
    """A table with text in its first column and figures in the others."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, **options)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    return table


class _Printable:
    """A renderable whose letters are printable once it is laid out; rich's own codes stay."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._inner, options):
            yield segment if segment.control else Segment(printable_lines(segment.text), segment.style)


class _Hook(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Printable(inner) if not isinstance(inner, RichCast) else inner for inner in renderables]


class _Terminal(Console):
    """Raises `AllaPrimaError` where standard output is full. Breaks no line of text: paths can be copied."""

    def print(self, *objects: Any, **options: Any) -> None:
        options.setdefault("soft_wrap", all(isinstance(each, str | Text) for each in objects))
        with nullcontext() if self.stderr else to_stdout():
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        """Called within an `except`; rich's own ends the program with 1."""
        raise


def terminal(stream: TextIO | None = None, width: int | None = None, stderr: bool = False) -> Console:
    """A console on `stream` (standard output if None, or standard error), as wide as the terminal or `width` columns.

    No colour where there is no terminal, no line drawing where the stream cannot say it, no markup in what is printed.
    """
    console = _Terminal(file=stream, width=width, stderr=stderr, highlight=False, markup=False, emoji=False)
    console.push_render_hook(_Hook())
    return console
