"""Everything printed is printable, and JSON is JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allaprima.app.core.console import fail, json_text, print_lines, printable, printable_lines

PRINTABLE = {
    "an ordinary name.png": "an ordinary name.png",
    "Jūratė Šimkutė 東京 🎨": "Jūratė Šimkutė 東京 🎨",
    "clear\x1b[2J": r"clear\x1b[2J",
    "title\x1b]0;mine\x07": r"title\x1b]0;mine\x07",
    "forged\nallaprima: all is well": r"forged\nallaprima: all is well",
    "over\rwritten\tand\x00": r"over\rwritten\tand\x00",
    "c1\x9b2J": r"c1\x9b2J",
    "del\x7f": r"del\x7f",
    "bidi\u202egnp.exe": r"bidi\u202egnp.exe",
    "isolated\u2066x\u2069": r"isolated\u2066x\u2069",
    "zero\u200bwidth\ufeff": r"zero\u200bwidth\ufeff",
    "line\u2028separator": r"line\u2028separator",
    "latin\udce9": r"latin\xe9",
    "alone\ud800": r"alone\ud800",
    "hard\u00a0space": "hard\u00a0space",
}


@pytest.mark.parametrize("text", PRINTABLE, ids=ascii)
def test_what_is_not_printable_is_shown_as_an_escape(text: str) -> None:
    assert printable(text) == PRINTABLE[text]


@pytest.mark.parametrize("text", PRINTABLE, ids=ascii)
def test_an_error_is_one_line_and_a_hint_whatever_is_in_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(f"{text}: cannot be read", f"give another than {text}", 3, as_json=True) == 3
    captured = capsys.readouterr()
    assert captured.err == (
        f"allaprima: error: {PRINTABLE[text]}: cannot be read\n  hint: give another than {PRINTABLE[text]}\n"
    )
    assert captured.out.isascii() and captured.out.count("\n") == 1
    assert json.loads(captured.out)["error"]["message"] == f"{text}: cannot be read"


@pytest.mark.parametrize("text", PRINTABLE, ids=ascii)
def test_a_result_is_one_line_whatever_is_in_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(Path(f"folder-{text}".replace("\0", "")), text)
    assert capsys.readouterr().out.count("\n") == 2


def test_the_lines_of_a_traceback_stay_lines() -> None:
    assert printable_lines("one\n  two\x1b[2J\n") == "one\n  two\\x1b[2J\n"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), None),
        (float("inf"), None),
        ({"a": [1.5, (float("-inf"),)]}, {"a": [1.5, [None]]}),
        ({float("nan"): 1}, {"nan": 1}),
        (Path("a") / "b", str(Path("a") / "b")),
        ("\u202e\x9b", "\u202e\x9b"),
        (True, True),
    ],
    ids=ascii,
)
def test_json_has_no_number_that_is_none(value: object, told: object) -> None:
    text = json_text(value)
    assert text.isascii() and json.loads(text, parse_constant=lambda name: pytest.fail(name)) == told
