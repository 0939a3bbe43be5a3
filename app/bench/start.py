"""`allaprima bench start`: from the command to the first painted pair, stage by stage, in processes of their own.

As a program (`python -m allaprima.app.bench.start`) it is that process: it does what `allaprima run` does, in the same
order, and prints the milliseconds of each stage as JSON.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allaprima.app.core.clock import now_ns
from allaprima.app.core.console import print_json
from allaprima.app.core.errors import EngineError, GraphicsError

BEGUN = now_ns()
STAGES = ("python", "imports", "pack", "graphics", "source", "network", "paint")


def stages(spawned_ns: int, pack: str, source: str, size: tuple[int, int], engine: str) -> dict[str, float | None]:
    """Milliseconds of each stage of this process, which another one began at `spawned_ns` of the same clock.

    `graphics` is None where there is no OpenGL: painting needs none. Raises `AllaPrimaError`.
    """
    taken: dict[str, float | None] = {"python": (BEGUN - spawned_ns) / 1e6}
    last = BEGUN

    def done(stage: str, happened: bool = True) -> None:
        nonlocal last
        now = now_ns()
        taken[stage] = (now - last) / 1e6 if happened else None
        last = now

    from allaprima.app.compositor.context import SurfacelessContext
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.sources.opening import open_source
    from allaprima.app.stylize.blend import Blend
    from allaprima.app.stylize.engines import open_stylizer
    from allaprima.app.stylize.prepare import PairBuffer, network_size

    done("imports")
    loaded = load_pack(pack)
    done("pack")
    context = None
    with contextlib.suppress(GraphicsError):
        context = SurfacelessContext()
    done("graphics", context is not None)
    with open_source(source, size=size, pace="fast") as opened:
        pair = opened.read(60.0)
        done("source")
        wanted = network_size(size, size)
        stylizer = open_stylizer(loaded, wanted, engine)
        done("network")
        weights = Blend.of(loaded.styles[0]).weights(loaded.rows)
        stylizer.paint(PairBuffer(wanted).fill(pair.left, pair.right), weights)
        done("paint")
        stylizer.close()
    if context:
        context.close()
    return taken


def run(
    pack: Path, source: str, size: tuple[int, int], engine: str, runs: int, progress: Callable[[str, float], object]
) -> dict[str, Any]:
    """Medians of `runs` starts with no compiled network in the cache, and of as many with it there.

    One start before them that does not count brings the program into memory, and draws the synthetic room. Each stage
    is a median by itself; `total` is that of the starts, and so not their sum. Raises `EngineError` where one fails.
    """
    found: dict[str, Any] = {"pack": pack.name, "source": source, "size": f"{size[0]}x{size[1]}", "runs": runs}
    share = 1 / (2 * runs + 1)
    with tempfile.TemporaryDirectory(prefix="allaprima-start-") as folder:
        warm = Path(folder) / "warm"
        progress("once, not counted", 0)
        once(pack, source, size, engine, warm)
        progress("once, not counted", share)
        taken: dict[str, list[dict[str, float | None]]] = {"cold": [], "warm": []}
        for number in range(runs):  # in turns, as the machine is not ours alone
            for name, kept in (("cold", Path(folder) / f"cold-{number}"), ("warm", warm)):
                taken[name].append(once(pack, source, size, engine, kept))
                progress(f"{name} start", share)
    for name, starts in taken.items():
        found[name] = summary(starts)
    return found


def summary(starts: list[dict[str, float | None]]) -> dict[str, Any]:
    """Milliseconds: the median of each stage, None where it never happened, and the median of the totals."""
    medians = {}
    for stage in STAGES:
        known = [ms for start in starts if (ms := start[stage]) is not None]
        medians[stage] = round(statistics.median(known), 1) if known else None
    totals = [sum(ms or 0.0 for ms in start.values()) for start in starts]
    return {"stages_ms": medians, "total_ms": round(statistics.median(totals), 1)}


def once(pack: Path, source: str, size: tuple[int, int], engine: str, compiled: Path) -> dict[str, float | None]:
    """One start, with the compiled networks in the folder `compiled`. Raises `EngineError`."""
    named = f"{size[0]}x{size[1]}"
    command = [sys.executable, "-P", "-m", __spec__.name if __spec__ else __name__]
    variables = {**os.environ, "ALLAPRIMA_COMPILED": str(compiled)}
    # perf_counter counts from one origin in all processes: the boot on Linux and macOS, the counter's zero on Windows.
    arguments = [str(now_ns()), str(pack), source, named, engine]
    done = subprocess.run([*command, *arguments], env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(
            f"a start ended with exit status {done.returncode}: {last}", "try it: allaprima run --frames 1"
        )
    taken: dict[str, float | None] = json.loads(done.stdout)
    return taken


if __name__ == "__main__":
    spawned, pack_, source_, named_, engine_ = sys.argv[1:]
    width, height = (int(side) for side in named_.split("x"))
    print_json(stages(int(spawned), pack_, source_, (width, height), engine_))
