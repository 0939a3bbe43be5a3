"""Every hint of the doctor is a command that there is, with flags that it takes."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest

from allaprima.app.command_line import main

ROOM = Path(str(files("allaprima.app.doctor")))
COMMAND = re.compile(r"allaprima((?: [a-z]+)+)([^;]*)")


def texts(module: Path) -> list[str]:
    """Every string in `module`; what is filled in is an X."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            found.append(node.value)
    return found


def commands() -> list[tuple[str, str]]:
    """(words after `allaprima`, the rest with its flags) of every text that names a command."""
    found = {
        (match[1].strip(), match[2])
        for module in sorted(ROOM.glob("*.py"))
        for text in texts(module)
        for match in COMMAND.finditer(text)
    }
    return sorted(found)


@pytest.mark.parametrize(("words", "rest"), commands())
def test_hinted_command_and_its_flags_exist(words: str, rest: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert [flag for flag in re.findall(r"--[a-z-]+", rest) if flag not in text] == []


def test_hints_are_seen_by_this_test() -> None:
    assert {"run", "devices", "styles list"} <= {words for words, _ in commands()}
    assert any("--governor" in rest and "--size" in rest for _, rest in commands())
