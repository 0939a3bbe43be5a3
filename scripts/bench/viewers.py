"""What a crowd of viewers of the web pages costs the wearer.

    python scripts/bench/viewers.py [--viewers 30] [--rate 10] [--turns 6] [--seconds 15] [--size 384x288] [--json]

One session of the synthetic room, painted live. Turns without and with viewers alternate in it, so that a busy moment
meets both. The viewers, in a process of their own on this computer, ask for `--rate` pictures a second each; one more
reads the stream at 4 kB/s. Prints painted pairs per second, the 99th percentile of the added latency, the memory after
each turn, and what a viewer got: pictures per second, and the time from asking for one to having it.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

NS = 1_000_000_000
_SETTLE_NS = 2 * NS  # at the beginning of each turn, not counted
_SLOW_BYTES_PER_S = 4000


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--rate", type=float, default=10.0, metavar="HZ")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=15.0, metavar="S", help="of each turn")
    parser.add_argument("--size", default="384x288", metavar="WxH")
    parser.add_argument("--port", type=int, default=8499)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crowd", action="store_true", help=argparse.SUPPRESS)  # the viewers' process
    args = parser.parse_args(argv)
    if args.crowd:
        asyncio.run(crowd(args.port, args.viewers, args.rate))
        return 0
    found = measure(args)
    print(json.dumps(found) if args.json else "\n".join(f"{key:<28} {value}" for key, value in found.items()))
    return 0


def measure(args: argparse.Namespace) -> dict[str, Any]:
    from allaprima.app.latency.monitor import TOTALS
    from allaprima.app.live.opening import assembled
    from allaprima.app.live.request import Request
    from allaprima.app.live.run import run_session
    from allaprima.app.settings_and_flags import Settings

    flags = {"web.address": f"127.0.0.1:{args.port}", "mirror.window": False, "headset.kind": "simulated"}
    settings = Settings.load(flags=flags | {"stylize.size": args.size})
    command = [sys.executable, __file__, "--crowd", f"--viewers={args.viewers}", f"--rate={args.rate}"]
    turn_ns = round(args.seconds * NS)
    began: list[int] = []
    memory: list[float] = []
    used: list[dict[str, float]] = []
    with (
        assembled(settings, Request()) as parts,
        subprocess.Popen(
            [*command, f"--port={args.port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child,
    ):
        assert child.stdin and child.stdout

        def each_frame(now_ns: int) -> None:
            if not began:
                began.append(now_ns)
                used.append(processor_s())
            turn = (now_ns - began[0]) // turn_ns
            if turn > len(memory):  # odd turns have viewers
                memory.append(resident_mb())
                used.append(processor_s())
                tell(child, "on" if turn % 2 else "off")

        run_session(parts, True, args.seconds * args.turns + 1, each_frame)
        tell(child, "end")
        seen = json.loads(child.stdout.readline())
        painted = parts.monitor.records().painted
    rates: tuple[list[float], list[float]] = ([], [])
    added: tuple[list[float], list[float]] = ([], [])
    for turn in range(args.turns):
        first, last = began[0] + turn * turn_ns + _SETTLE_NS, began[0] + (turn + 1) * turn_ns
        pairs = [pair for pair in painted if first <= pair.t_ns < last]
        rates[turn % 2].append(len(pairs) * NS / (last - first))
        added[turn % 2].extend(ms for pair in pairs if (ms := pair.stamps.between_ms(*TOTALS["added"])) is not None)
    alone, crowded = (statistics.median(rate) for rate in rates)
    p99 = [statistics.quantiles(ms, n=100)[98] for ms in added]
    spans = list(itertools.pairwise(used))
    return {
        "pairs/s without": round(alone, 2),
        "pairs/s with viewers": round(crowded, 2),
        "share": round(crowded / alone, 3),
        "added ms p99 without": round(p99[0], 1),
        "added ms p99 with viewers": round(p99[1], 1),
        "times": round(p99[1] / p99[0], 2),
        **{
            f"{thread}, share of a core": [
                round(statistics.mean(u[thread] - t[thread] for t, u in spans[crowded::2]) / args.seconds, 3)
                for crowded in (0, 1)
            ]
            for thread in used[0]
        },
        "memory MB after each turn": [round(one) for one in memory],
        **seen,
    }


def tell(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdin
    child.stdin.write(word + "\n")
    child.stdin.flush()


def processor_s() -> dict[str, float]:
    """Seconds that the threads of pages and session have had of a core, so far."""
    named = {thread.name: thread.ident for thread in threading.enumerate()}
    return {name: time.clock_gettime(time.pthread_getcpuclockid(named[name] or 0)) for name in ("web", "MainThread")}


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def crowd(port: int, viewers: int, rate: float) -> None:
    """Views while the last line from standard input is "on"; at "end" prints what was seen."""
    import aiohttp

    waits: list[float] = []
    looking: list[asyncio.Task[None]] = []
    seconds = since = 0.0

    async def view(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/live") as socket:
            while True:
                asked = time.monotonic()
                await socket.send_json({"ready": "left", "width": 480})
                while (await socket.receive()).type is not aiohttp.WSMsgType.BINARY:
                    pass
                waits.append(time.monotonic() - asked)
                await asyncio.sleep(max(0.0, 1 / rate - waits[-1]))

    async def dawdle() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_SLOW_BYTES_PER_S)
        try:
            writer.write(f"GET /stream.mjpg HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            while await reader.read(_SLOW_BYTES_PER_S // 10):
                await asyncio.sleep(0.1)
        finally:
            writer.close()

    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        while (word := (await asyncio.to_thread(sys.stdin.readline)).strip()) in ("on", "off"):
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            seconds += time.monotonic() - since if looking else 0.0
            since = time.monotonic()
            looking = [asyncio.create_task(view(client)) for _ in range(viewers)] if word == "on" else []
            looking += [asyncio.create_task(dawdle())] if word == "on" else []
        seconds += time.monotonic() - since if looking else 0.0
        for task in looking:
            task.cancel()
    found = {
        "pictures/s a viewer": round(len(waits) / max(seconds, 1e-9) / viewers, 2),
        "ms from asking to having": round(1000 * statistics.median(waits), 1) if waits else None,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    sys.exit(main())
