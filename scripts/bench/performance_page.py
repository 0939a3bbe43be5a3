"""Writes the tables of docs/performance.md: `allaprima bench speed`, peers.py, growth.py, and again with fewer
instructions.

    python scripts/bench/performance_page.py [--isa avx2,avx2-vnni,avx512] [--page FILE]

Each measurement is a process of its own, since oneDNN reads its cap once a process. The cap holds for oneDNN's own
kernels, the convolutions and matrix products; OpenVINO's own ones, for norms and enlargements, go on using all the
processor has, so that a capped measurement flatters.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import growth
import peers

from allaprima.app.bench.speed.table import Table, markdown
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.files import write_file

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
MARK = "<!-- bench speed -->"
VARIABLE = "ONEDNN_MAX_CPU_ISA"
CAPS = {"avx2": "AVX2", "avx2-vnni": "AVX2_VNNI", "avx512": "AVX512_CORE"}
"""What an AVX2 laptop has, one of 2021 or later that multiplies int8 too, and a processor with AVX-512 but without
bf16: names in oneDNN's documentation.
"""
COLUMNS = ("at most", "size", "precision", "ms a pair", "f32 peak, GFLOP/s", "kernels")


class Failed(Exception):
    """A measurement, or the page it is for; told in one line."""


def measured(*arguments: str, cap: str | None = None) -> dict[str, Any]:
    """The report of `allaprima bench speed ARGUMENTS --json`. Raises `Failed`."""
    return _json_of(["-P", "-m", "allaprima.app", "bench", "speed", *arguments], cap)


def _json_of(arguments: list[str], cap: str | None = None) -> dict[str, Any]:
    command = [sys.executable, *arguments, "--json"]
    capped = {VARIABLE: CAPS[cap]} if cap else {}
    done = subprocess.run(command, env={**os.environ, **capped}, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise Failed(f"exit status {done.returncode}: {(done.stderr.strip() or 'no message').splitlines()[0]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def honoured(cap: str, report: Mapping[str, Any]) -> bool:
    """Whether the kernels that were chosen, such as 'brgconv_avx512_amx_bf16', do without what the cap forbids."""
    kernels = [kernel for found in report["kernels"].values() for kernel in found]
    return bool(kernels) and not any(
        "amx" in kernel or kernel.endswith("bf16") or (cap.startswith("avx2") and "avx512" in kernel)
        for kernel in kernels
    )


def rows(cap: str) -> Iterator[tuple[str, ...]]:
    """Of the table of `COLUMNS`. None of the capped processors has bf16."""
    try:
        report = measured("--engines", "openvino:f32,openvino:int8", cap=cap)
    except Failed as failure:
        yield cap, "-", "-", "-", "-", str(failure)
        return
    doubt = "" if honoured(cap, report) else " (not honoured)"
    for size, engines in report["pairs"].items():
        for engine, row in engines.items():
            kernels = ", ".join(report["kernels"].get(engine, ())) + doubt
            peak = f"{report['peak_gflops'].get('f32', 0):.0f}"
            yield cap, size, engine.split()[1], f"{row['ms']:.1f}", peak, kernels


def around(page: Path) -> tuple[str, str]:
    """The prose before and after the tables. Raises `Failed` where the page or one of its two marks is missing."""
    try:
        before, _, after = page.read_text(encoding="utf-8").split(MARK)
    except OSError as error:
        raise Failed(f"cannot read {page}: {error.strerror}") from error
    except ValueError:
        raise Failed(f"{page} has not two marks {MARK}: one above and one below where the tables go") from None
    return before, after


def update(page: Path, caps: list[str]) -> None:
    """Put new tables between the marks of `page`. Raises `Failed` and `RecordingError`."""
    before, after = around(page)  # fails now, before minutes are spent
    text = markdown(measured())
    others, grown = (_json_of([str(Path(__file__).with_name(script))]) for script in ("peers.py", "growth.py"))
    text += "".join(f"\n{table.markdown()}" for table in (peers.table(others), *growth.tables(grown)))
    if caps:
        capped = Table("With fewer instructions, OpenVINO", COLUMNS, [row for cap in caps for row in rows(cap)])
        text += f"\n{capped.markdown()}"
    write_file(page, f"{before}{MARK}\n\n{text}\n{MARK}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", default=",".join(CAPS), metavar="CAP,CAP", help="caps (default %(default)s)")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write (default: docs/performance.md)")
    args = parser.parse_args()
    caps = [cap for cap in args.isa.split(",") if cap]
    if unknown := set(caps) - CAPS.keys():
        parser.error(f"no instruction set {', '.join(sorted(unknown))}: {', '.join(CAPS)}")
    try:
        update(args.page, caps)
    except (Failed, AllaPrimaError) as failure:
        print(f"performance_page: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
