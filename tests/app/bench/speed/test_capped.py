"""What a cap on instructions is believed to have done."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace

import pytest

from allaprima.app.bench.speed import capped


def answering(monkeypatch: pytest.MonkeyPatch, kernels: list[str], code: int = 0) -> list[dict[str, object]]:
    """Child processes that answer with a report of these kernels; returns what they were called with."""
    calls: list[dict[str, object]] = []
    report = {"pairs": {}, "peak_gflops": {}, "kernels": {"openvino f32": kernels}, "machine": {}}

    def run(command: list[str], **options: object) -> object:
        calls.append({"command": command, **options})
        return SimpleNamespace(returncode=code, stdout=json.dumps(report), stderr="allaprima: error: no network\n hint")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


@pytest.mark.parametrize(("cap", "kernel", "honoured"), [
    ("avx2", "brgconv_avx2_f32", True), ("avx2", "brgconv_avx512_f32", False), ("avx512", "brgconv_avx512_f32", True),
    ("avx512", "brgconv_avx512_amx_bf16", False), ("avx512", "brgconv_avx512_bf16", False),
])  # fmt: skip
def test_a_cap_is_believed_only_if_the_kernels_bear_it_out(
    cap: str, kernel: str, honoured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = answering(monkeypatch, [kernel])
    assert capped.capped(cap, ["--rounds", "2"])["honoured"] is honoured
    assert calls[0]["env"][capped.VARIABLE] == capped.CAPS[cap]  # type: ignore[index]
    assert calls[0]["command"][-5:] == ["bench", "speed", "--rounds", "2", "--json"]  # type: ignore[index]


def test_no_kernel_at_all_bears_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [])
    assert capped.capped("avx2", [])["honoured"] is False


def test_a_child_that_fails_is_told_of_and_nothing_else_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [], code=5)
    assert "exit status 5" in capped.capped("avx2", [])["error"]
