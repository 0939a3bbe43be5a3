"""The same measurement as a processor with fewer instructions would give: a child process under a cap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

VARIABLE = "ONEDNN_MAX_CPU_ISA"
CAPS = {"avx2": "AVX2", "avx2-vnni": "AVX2_VNNI", "avx512": "AVX512_CORE"}
"""What an AVX2 laptop has, one of 2021 or later that multiplies int8 too, and a processor with AVX-512 but without
bf16: names in oneDNN's documentation.
"""


def capped(cap: str, arguments: Sequence[str]) -> dict[str, Any]:
    """The report of `allaprima bench speed ARGUMENTS --json` with the convolutions' instructions capped, and whether
    the cap was `honoured`, as told by the kernels chosen; or `error`. None of the capped has bf16.

    oneDNN reads the cap once a process. It holds for oneDNN's own kernels, the convolutions and matrix products;
    OpenVINO's own ones, for norms and enlargements, go on using all the processor has, so that this flatters.
    """
    command = [sys.executable, "-P", "-m", "allaprima.app", "bench", "speed", *arguments, "--json"]
    done = subprocess.run(
        command, env={**os.environ, VARIABLE: CAPS[cap]}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return {"error": f"exit status {done.returncode}: {lines[0]}"}
    report: dict[str, Any] = json.loads(done.stdout)
    kernels = [kernel for of in report["kernels"].values() for kernel in of]
    told = {key: report[key] for key in ("pairs", "peak_gflops", "kernels")}
    return {**told, "honoured": bool(kernels) and not any(_beyond(cap, kernel) for kernel in kernels)}


def _beyond(cap: str, kernel: str) -> bool:
    """Whether a kernel such as 'brgconv_avx512_amx_bf16' needs what the cap forbids."""
    return "amx" in kernel or kernel.endswith("bf16") or (cap.startswith("avx2") and "avx512" in kernel)
