"""Standard output that is full, closed or read no further; and files, cards and flags with escapes in their names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from allaprima.app.command_line import BROKEN_PIPE, main

posix = pytest.mark.skipif(sys.platform == "win32", reason="WINDOWS: no /dev/full, no closed descriptors")


def shell(command: str) -> subprocess.CompletedProcess[str]:
    program = f"'{sys.executable}' -P -m allaprima.app"
    return subprocess.run(["sh", "-c", command.replace("ALLAPRIMA", program)], capture_output=True, text=True)


@posix
@pytest.mark.parametrize(
    "command",
    ["styles list", "styles list --json", "settings", "settings --json", "--version", "--help", "export --help"],
)
def test_a_full_output_is_one_line_and_exit_code_1(command: str) -> None:
    done = shell(f"ALLAPRIMA {command} > /dev/full")
    error, hint = done.stderr.splitlines()
    assert error.startswith("allaprima: error: standard output cannot be written: No space left") and "hint" in hint
    assert done.returncode == 1


@posix
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("styles list", 0),
        ("styles list --json", 0),
        ("settings", 0),
        ("--version", 0),
        ("export none.mkv -o o.mp4", 3),
        ("piant", 2),
    ],
)
@pytest.mark.parametrize("closed", [">&-", ">&- <&-", ">&- 2>&-"])
def test_a_closed_output_changes_nothing_but_that_nobody_reads_it(command: str, code: int, closed: str) -> None:
    done = shell(f"ALLAPRIMA {command} {closed}")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and "internal" not in done.stderr


@posix
def test_an_output_that_is_read_no_further_ends_quietly() -> None:
    done = shell(f"(ALLAPRIMA --help; echo $? >&2) | {sys.executable} -c 'import os; os.close(0)'; sleep 0")
    assert done.stderr.strip() in ("0", str(BROKEN_PIPE))


@pytest.mark.parametrize("evil", ["a\x1b[2Jb", "a\x07b", "a\nallaprima: b", "a\u202eb"], ids=ascii)
@pytest.mark.parametrize(
    "command",
    [
        "export {}", "export {} -o o.mp4", "run --set {}=1", "run --set stylize.{}=1", "run --{}", "{}", "styles {}",
        "run --source {} --no-window",
        "replay {} --no-window", "stylize {} -o o.png", "styles show {}", "calibrate solve {}",
        "run --source synthetic --style {}", "run --source synthetic --pack {}", "run --source synthetic --rig {}",
        "calibrate check {} --source .", "record {}", "run --log-file {}/x/../..",
    ],
)  # fmt: skip
def test_no_escape_reaches_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, evil: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main([word.format(evil) for word in command.split()])
    captured = capsys.readouterr()
    assert code in (2, 3, 4, 8)
    told = [line for line in captured.err.split("\n") if line and not line.startswith("allaprima: not open")]
    assert len(told) <= 2 and told[0].startswith("allaprima: error: ")
    assert not {c for c in captured.out + captured.err if not c.isprintable()} - {"\n"}


def test_a_card_with_nan_is_null_in_json(tmp_path: Path, tiny_pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    pack = tmp_path / "p"
    shutil.copytree(tiny_pack, pack)
    card = pack / "card.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("[training]", "[training]\nn = nan", 1), encoding="utf-8")
    assert main(["styles", "list", "--json", "--pack", str(pack)]) == 0
    told = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert told["packs"][0]["training"]["n"] is None


@pytest.mark.skipif(sys.platform != "linux", reason="NOT LINUX: names that are no UTF-8 cannot be made")
def test_a_name_that_is_no_utf8_is_shown_by_its_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mkv")
    assert main(["export", name, "-o", str(tmp_path / "o.mp4"), "--json"]) == 3
    captured = capsys.readouterr()
    assert r"caf\xe9.mkv" in captured.err and captured.out.isascii()


@pytest.mark.skipif(sys.platform != "linux", reason="NOT LINUX: there is no /dev/full")
def test_both_outputs_full_is_exit_code_1() -> None:
    assert shell("ALLAPRIMA styles list >/dev/full 2>/dev/full").returncode == 1
