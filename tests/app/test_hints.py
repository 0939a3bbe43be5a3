"""Every command that a text of the program names is there and takes the flags beside it; a flag named alone is a flag
of some command.
"""

from __future__ import annotations

import ast
import re
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from allaprima.app import cli
from allaprima.app.command_line import Parser, _add_globals
from allaprima.app.core.errors import AllaPrimaError

ROOMS = [Path(str(files(f"allaprima.{room}"))) for room in ("app", "models", "calibration")]
COMMAND = re.compile(r"allaprima((?: [a-z][a-z-]*)+)((?:(?!  |allaprima |then )[^;`()\n])*)")
PROSE = ("reads", "numpy")  # "this allaprima reads ...", and a list of packages
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OTHERS = {"--force-reinstall", "--nproc-per-node"}  # of pip and torchrun


def parsers(parser: ArgumentParser, name: str) -> Iterator[tuple[str, ArgumentParser]]:
    """Every command and group of commands, with its parser."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for child, its in action.choices.items():
                yield from parsers(its, f"{name} {child}")


def every_flag() -> dict[str, set[str]]:
    """The flags of each command, by its words."""
    found = {}
    for name in cli.names():
        parser = Parser(prog=f"allaprima {name}")
        cli.load(name).configure(parser)
        _add_globals(parser)
        for words, one in parsers(parser, name):
            found[words] = {flag for action in one._actions for flag in action.option_strings}
    return found


FLAGS = every_flag()


def text_of(node: ast.expr) -> Iterator[str]:
    """The texts in an expression; what is filled in is an X."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    elif isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
    else:
        yield from texts(node)


def texts(tree: ast.AST) -> Iterator[str]:
    """All texts of a module."""
    for node in ast.iter_child_nodes(tree):
        yield from text_of(node) if isinstance(node, ast.expr) else texts(node)


def hints(tree: ast.AST) -> Iterator[str]:
    """The hints of a module's errors, findings and log lines."""
    kinds = {AllaPrimaError.__name__, "Finding"} | {each.__name__ for each in descendants(AllaPrimaError)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            for argument in node.args[1:]:
                yield from text_of(argument)
        names = node.targets if isinstance(node, ast.Assign) else [node] if isinstance(node, ast.keyword) else []
        if any("hint" in ast.unparse(name).partition("=")[0].lower() for name in names):
            yield from texts(node)


def descendants(kind: type[AllaPrimaError]) -> Iterator[type[AllaPrimaError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def modules() -> Iterator[ast.AST]:
    for room in ROOMS:
        for file in sorted(room.rglob("*.py")):
            yield ast.parse(file.read_text(encoding="utf-8"))


def command_of(words: str) -> str | None:
    """The command that `words` begin with; None where they begin with none."""
    return max((name for name in FLAGS if f"{words} ".startswith(f"{name} ")), key=len, default=None)


def commands() -> list[tuple[str, str]]:
    """(words after `allaprima`, the rest with its flags) of every text that names a command."""
    found = {
        (match[1].strip(), match[2])
        for module in modules()
        for text in texts(module)
        for match in COMMAND.finditer(text)
        if match[1].split()[0] not in PROSE
    }
    return sorted(found)


@pytest.mark.parametrize(("words", "rest"), commands())
def test_a_named_command_and_its_flags_exist(words: str, rest: str) -> None:
    name = command_of(words)
    assert name is not None
    assert set(FLAG.findall(rest)) <= FLAGS[name]


def test_a_hinted_flag_is_one_of_some_command() -> None:
    known = OTHERS.union(*FLAGS.values())
    named = {flag for module in modules() for hint in hints(module) for flag in FLAG.findall(hint)}
    assert {"--camera-size", "--no-window", "--vgg"} <= named
    assert named - known == set()


def test_texts_are_seen_by_this_test() -> None:
    assert {"run", "devices", "styles list"} <= {words for words, _ in commands()}
    assert any("--governor" in rest and "--size" in rest for _, rest in commands())
