from __future__ import annotations

import io

import pytest
from rich.table import Table
from rich.text import Text

from allaprima.app.report.terminal import terminal

PATH = "/a/folder/with/a/long/name/" + "x" * 80 + "/rig.toml"


def test_a_path_is_never_broken_and_a_table_never_wider_than_the_terminal() -> None:
    stream = io.StringIO()
    console = terminal(stream, width=40)
    console.print(Text(f"wrote {PATH}"))
    assert f"wrote {PATH}\n" in stream.getvalue()
    table = Table("name", "path")
    table.add_row("rig", PATH)
    console.print(table)
    assert max(map(len, stream.getvalue().splitlines()[1:])) <= 40


def test_a_reader_that_has_left_is_no_other_error() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        terminal(Closed()).print(Text("much"))
