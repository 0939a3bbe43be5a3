"""Our network beside the families that were tried: each trained alike on the same paintings, then measured alike.

    python scripts/bench/compare_networks.py --style A.jpg B.jpg C.jpg [--iterations 600] [--out compare] [--json]

For each family: milliseconds a stereo pair at 640x480 (OpenVINO, rounds interleaved), style distance as a share of the
unpainted photo's, and the stability measures of `allaprima bench stability` in the exact synthetic scenes; a picture
puts them side by side. Short trainings rank families, they do not make packs. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import rival_networks
import torch

from allaprima.app.bench.painters import PackPainter
from allaprima.app.bench.scenes import exact_scenes
from allaprima.app.bench.stability.measures import measure
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.packs.pack import load_pack
from allaprima.app.recording.contact_sheet import contact_sheet
from allaprima.app.stylize.blend import Blend
from allaprima.models.network import build
from allaprima.models.packing import paintings_of, write_pack
from allaprima.models.pupil import Pupil
from allaprima.models.recipe import Recipe
from allaprima.models.train import train
from allaprima.models.weights import WeightsMissing, data_folder, find_weights

FAMILIES = ("E32-64x5", "S32-64x5", "M32-64x5", "U4-64x5")
TOLD = ("e_view", "e_stab", "shift_1px", "shift_2px", "shift_3px", "shift_4px", "noise", "output_std")
SIZE = (640, 480)
PRECISIONS = ("bf16", "f32")


def speeds(packs: dict[str, Path], rounds: int) -> dict[str, dict[str, float]]:
    """{family: {precision: milliseconds a pair}}, medians of interleaved rounds."""
    painters = {
        (f, p): PackPainter(load_pack(folder), "openvino", p) for f, folder in packs.items() for p in PRECISIONS
    }
    pair = np.random.default_rng(0).integers(0, 256, (2, SIZE[1], SIZE[0], 3), np.uint8)
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in painters}
    for _ in range(rounds + 1):
        for key, painter in painters.items():
            weights = Blend.of(painter.pack.styles[0]).weights(painter.pack.rows)
            stylizer = painter.stylizer(SIZE)
            started = time.perf_counter()
            stylizer.paint(pair, weights)
            taken[key].append(1e3 * (time.perf_counter() - started))
    for painter in painters.values():
        painter.close()
    return {f: {p: statistics.median(taken[f, p][1:]) for p in PRECISIONS} for f in packs}


def last_ratio(run: Path, steps: int = 60) -> float:
    """Style distance as a share of the unpainted photo's, mean of a training's last steps."""
    entries = [json.loads(line) for line in (run / "loss.jsonl").read_text(encoding="utf-8").splitlines()[-steps:]]
    return statistics.mean(entry["ratio"] for entry in entries)


def main() -> int:
    """0 done, 1 failed, 130 interrupted: what was trained is kept, and the same command goes on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--style", nargs="+", type=Path, required=True, metavar="IMG", help="paintings to train on")
    parser.add_argument("--photos", type=Path, default=data_folder() / "photos", help="photos (default %(default)s)")
    parser.add_argument("--vgg", type=Path, help="VGG-19 weights (default: found, or downloaded)")
    parser.add_argument("--families", nargs="+", default=FAMILIES, help="default: %(default)s")
    parser.add_argument("--iterations", type=int, default=600, help="steps for each (default %(default)s)")
    parser.add_argument("--crop", type=int, default=160, help="side of the crops (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=11, help="rounds of the speed measurement (default %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("compare"), help="folder (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args()
    try:
        compare(args)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130
    except (AllaPrimaError, WeightsMissing, ValueError, OSError) as error:
        print(f"compare_networks: {error}", file=sys.stderr)
        return 1
    return 0


def compare(args: argparse.Namespace) -> None:
    """Train, measure and tell."""
    rival_networks.enter()
    paintings = paintings_of(args.style)
    weights = find_weights(args.vgg)
    packs = {}
    for family in args.families:
        run = args.out / f"{family.lower()}.run"
        recipe = Recipe(family=family, iterations=args.iterations, crop=args.crop)
        train(recipe, Pupil.fresh(recipe, len(paintings)), paintings, args.photos, weights, run, resume=True)
        network = build(family, 1 + len(paintings))
        network.load_state_dict(torch.load(run / "checkpoint.pt", weights_only=True)["network"])
        network.through[0] = 1.0
        packs[family] = write_pack(network, family, paintings, args.out / family.lower(), family, asdict(recipe))
    scenes = exact_scenes(SIZE, quick=True, progress=lambda: None)
    report: dict[str, dict[str, float]] = {}
    pictures = []
    for family, folder in packs.items():
        painter = PackPainter(load_pack(folder), "openvino", "f32")
        found = []
        for style in painter.pack.styles:
            result = measure(painter.style(style), scenes, 0, lambda share: None)
            found.append(result.values)
            pictures.append((f"{family} {style.name}", result.painted[0]))
        painter.close()
        report[family] = {key: statistics.mean(float(v[key] or 0) for v in found) for key in TOLD}
        report[family]["style_distance_ratio"] = last_ratio(args.out / f"{family.lower()}.run")
    for family, milliseconds in speeds(packs, args.rounds).items():
        report[family] |= {f"ms_{precision}": value for precision, value in milliseconds.items()}
    sheet = contact_sheet(pictures, columns=len(paintings))
    cv2.imwrite(str(args.out / "compare.jpg"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
    if args.json:
        print(json.dumps({"iterations": args.iterations, "crop": args.crop, "families": report}))
        return
    keys = list(next(iter(report.values())))
    print("| family | " + " | ".join(keys) + " |\n|" + "---|" * (len(keys) + 1))
    for family, values in report.items():
        print(
            f"| {family} | " + " | ".join(f"{values[k]:.1f}" if "ms" in k else f"{values[k]:.3f}" for k in keys) + " |"
        )


if __name__ == "__main__":
    sys.exit(main())
