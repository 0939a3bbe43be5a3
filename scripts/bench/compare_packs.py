"""How much longer one style pack takes than another, from bytes to bytes, canvas included.

    python scripts/bench/compare_packs.py PACK PACK [--size 640x480] [--engine auto] [--precision auto] [--rounds 40]

Passes take turns, so that a busy moment meets both; medians, and the ratio of each pack to the first.
"""

import argparse
import json
from contextlib import ExitStack, closing

from allaprima.app.bench.speed.contenders import stylizer_pass
from allaprima.app.bench.speed.rounds import interleaved
from allaprima.app.core.clock import SystemClock
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.engines import open_stylizer


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packs", nargs="+", metavar="PACK", help="names or folders")
    parser.add_argument("--size", default="640x480", metavar="WxH", help="of each eye (default %(default)s)")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--rounds", type=int, default=40, metavar="N")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    width, height = (int(side) for side in args.size.split("x"))
    with ExitStack() as stack:
        passes = {}
        for name in args.packs:
            pack = load_pack(name)
            stylizer = stack.enter_context(closing(open_stylizer(pack, (width, height), args.engine, args.precision)))
            passes[name] = stylizer_pass(pack, stylizer)
        times = interleaved(passes, args.rounds, SystemClock(), lambda *_: None)
    medians = {name: found.median for name, found in times.items()}
    first = medians[args.packs[0]]
    found = {name: {"ms": round(ms, 2), "ratio": round(ms / first, 3)} for name, ms in medians.items()}
    print(json.dumps(found) if args.json else "\n".join(f"{n}  {v['ms']} ms  x{v['ratio']}" for n, v in found.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
