"""The command line: what it prints, on which stream, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

import pytest
from patience import PATIENCE_S

from allaprima.app import cli
from allaprima.app.command_line import main
from allaprima.app.core.errors import AllaPrimaError, EngineError, StylePackError
from allaprima.app.core.shell import pip

HEAVY = {
    "numpy", "cv2", "rich", "torch", "openvino", "onnxruntime", "av", "glfw", "OpenGL", "openvr", "xr", "matplotlib",
    "jinja2", "tomlkit", "aiohttp", "segno",
    "platformdirs",
}  # fmt: skip


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = ["-c", code] if code else ["-m", "allaprima.app"]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}  # else argparse itself swallows what a closed pipe answers
    return subprocess.run(
        [sys.executable, *program, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, env=buffered
    )


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Namespace], int]], None]:
    """Puts one more subcommand, `paint`, on the command line."""

    def install(execute: Callable[[Namespace], int]) -> None:
        module = types.ModuleType("allaprima.app.cli.paint")

        def configure(parser: ArgumentParser) -> None:
            parser.add_argument("colours", nargs="*")
            parser.add_argument("--json", action="store_true")
            parser.add_argument("--strength", type=float)
            nested = parser.add_argument_group()
            nested.add_argument("--coats", choices=["one", "two"])

        vars(module).update(HELP="paint something", configure=configure, execute=execute)
        names, load = cli.names(), cli.load
        monkeypatch.setattr(cli, "names", lambda: [*names, "paint"])
        monkeypatch.setattr(cli, "load", lambda name: module if name == "paint" else load(name))

    return install


def raising(error: BaseException) -> Callable[[Namespace], int]:
    def execute(args: Namespace) -> int:
        raise error

    return execute


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in cli.names())])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from allaprima.app.command_line import main; before = set(sys.modules); code = main(sys.argv[1:]);"
        f" print('LOADED', sorted({HEAVY!r} & set(sys.modules))); sys.exit(code)"
    )
    done = run(*arguments, code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("LOADED []\n")
    assert "allaprima" in done.stdout


@pytest.mark.parametrize("name", cli.names())
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    assert cli.load(name).HELP.strip()
    assert f"allaprima {name}" in run(name, "--help").stdout.partition("\n\n")[2]


def test_help_lists_commands_and_every_exit_code(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(lambda args: 0)
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "paint something" in out
    for code in {0, 70, 130, 141, *(e.exit_code for e in AllaPrimaError.__subclasses__())}:
        assert f"\n  {code:>3}  " in out


def test_exit_code_and_arguments_are_the_commands_own(command: Callable[..., None]) -> None:
    seen: list[Namespace] = []

    def execute(args: Namespace) -> int:
        seen.append(args)
        return 7

    command(execute)
    assert main(["paint", "red", "--strength", "0.5", "--debug"]) == 7
    assert seen[0].colours == ["red"]
    assert seen[0].strength == 0.5


def test_unknown_command_names_the_nearest(command: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    command(lambda args: 0)
    assert main(["piant"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "allaprima: error: there is no command 'piant'\n  hint: did you mean 'paint'?\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint", "--zzz"], ["paint", "--strength"], ["paint", "--strength", "much"]],
)
def test_bad_arguments_are_one_line_and_a_hint(
    arguments: list[str], command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(lambda args: 0)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    error, hint = captured.err.splitlines()
    assert captured.out == ""
    assert error.startswith("allaprima: error: ")
    assert hint in {"  hint: allaprima --help", "  hint: allaprima paint --help"}


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["--verison"], "there is no option '--verison'", "did you mean '--version'?"),
        (["paint", "--stength=1"], "there is no option '--stength'", "did you mean '--strength'?"),
        (["run", "--headless"], "there is no option '--headless'", "--no-window --headset simulated"),
        (["replay", "a.mkv", "--headless"], "there is no option '--headless'", "--no-window --headset simulated"),
        (["record", "a.mkv", "--headless"], "there is no option '--headless'", "--no-window"),
        (["export", "a.mkv", "-o", "b", "--headless"], "there is no option '--headless'", "allaprima export --help"),
        (["paint", "--coats", "twoo"], "--coats twoo: not one of one, two", "did you mean 'two'?"),
        (["export", "a", "-o", "b", "c"], "'c' is one argument too many", "allaprima export --help"),
        (["bench", "spede"], "not one of stability, speed", "did you mean 'speed'?"),
        (["bench", "speed", "--ronds", "3"], "there is no option '--ronds'", "did you mean '--rounds'?"),
    ],
)
def test_a_word_that_is_nearly_one_is_asked_about(
    arguments: list[str], error: str, hint: str, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(lambda args: 0)
    assert main(arguments) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert error in first and second == f"  hint: {hint}"


def test_error_is_one_line_a_hint_and_its_exit_code(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(StylePackError("there is no style 'stary'", "did you mean 'starry-night'?")))
    assert main(["paint"]) == StylePackError.exit_code
    captured = capsys.readouterr()
    assert captured.err == "allaprima: error: there is no style 'stary'\n  hint: did you mean 'starry-night'?\n"
    assert captured.out == ""


def test_a_missing_package_is_no_fault_of_the_program(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(ModuleNotFoundError("No module named 'av'")))
    assert main(["paint"]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert "No module named 'av'" in error and hint == f"  hint: {pip()} check"


def test_json_error_is_one_object_on_standard_output(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(EngineError("no engine", "pip install openvino")))
    assert main(["paint", "--json"]) == 5
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "error": {"message": "no engine", "hint": "pip install openvino", "exit_code": 5}
    }
    assert "allaprima: error: no engine" in captured.err


def test_json_is_obeyed_even_where_the_arguments_are_bad(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(lambda args: 0)
    assert main(["paint", "--json", "--nonsense"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 2


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "allaprima: interrupted"),
        (FileNotFoundError(2, "No such file or directory", "x.png"), 1, "allaprima: error: x.png: No such file"),
        (ZeroDivisionError("by zero"), 70, "allaprima: internal error: ZeroDivisionError: by zero"),
    ],
)
def test_nothing_ends_in_a_traceback(
    error: BaseException, code: int, line: str, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(error))
    assert main(["paint"]) == code
    err = capsys.readouterr().err
    assert err.startswith(line)
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["--debug", "paint"], ["paint", "--debug"]])
def test_debug_shows_the_traceback(
    arguments: list[str], command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(EngineError("no engine")))
    assert main(arguments) == 5
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("allaprima: error: no engine\n")


def test_what_follows_two_dashes_is_not_an_option(command: Callable[..., None]) -> None:
    seen: list[Namespace] = []

    def note(args: Namespace) -> int:
        seen.append(args)
        return 0

    command(note)
    assert main(["paint", "--", "--debug"]) == 0
    assert seen[0].colours == ["--debug"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows answers a closed pipe with another error")
def test_reader_that_stops_reading_is_no_error() -> None:
    code = (
        "import os, sys; read, write = os.pipe(); os.close(read); os.dup2(write, 1);"
        " from allaprima.app.command_line import main; sys.exit(main(['--help']))"
    )
    done = run(code=code)
    assert done.returncode == 141
    assert done.stderr == ""


def test_console_command_is_declared() -> None:
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="allaprima")
    assert script.value == "allaprima.app.__main__:main"
