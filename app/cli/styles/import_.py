"""`allaprima styles import`: a pack of a style network that others trained."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json, print_lines

if TYPE_CHECKING:
    from allaprima.app.packs.pack import StylePack

HELP = "make a pack from a style network that others trained"

RANGES = ("0-1", "0-255", "-1-1", "imagenet", "caffe")
STEPS = 5
"""The stages that `import_pack` reports."""
MEASURED = 4
"""The largest number of styles whose stability is measured: each takes longer than the rest of the import."""
FIGURES = (
    "e_view e_view_worst e_stab e_stab_10 shift_1px shift_2px shift_3px shift_4px noise drift bad2 output_std"
).split()
"""The figures of the bench that a card has; see `allaprima bench stability --help`."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima styles import mosaic-9.onnx
  allaprima styles import candy.pth --name candy --title "Candy" --artist "unknown"
  allaprima styles import tf_style.onnx --range=-1-1 --layout nhwc -o ./my-pack
  allaprima run --pack mosaic-9

What can be imported:
  .onnx   networks that paint one RGB picture, of any or of one fixed size, in one file: torch.onnx.export(...,
          external_data=False); also several styles in one network, chosen by a vector of weights or by number. Value
          range and layout are found by trying; the flags override them.
  .pth    state dicts of PyTorch's fast_neural_style example, old ones too (needs torch)
A file is scanned before anything runs it, and tried in a separate process; no code in it is executed."""
    parser.add_argument("file", type=Path, metavar="FILE", help="an .onnx or .pth file")
    parser.add_argument("--name", default="", help="of the pack (default: the file's)")
    parser.add_argument("--title", default="", help="for people (default: the name)")
    parser.add_argument("--artist", default="", help="for people")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder to make (default: among your packs)")
    parser.add_argument(
        "--range",
        choices=RANGES,
        help="values of the picture it takes; imagenet and caffe subtract ImageNet's mean (default: found out)",
    )
    parser.add_argument("--output-range", choices=RANGES, help="values of the picture it paints (default: found out)")
    parser.add_argument("--layout", choices=("nchw", "nhwc"), help="order of the picture's axes (default: found out)")
    parser.add_argument("--channels", choices=("rgb", "bgr"), help="order of the colours (default: rgb)")
    parser.add_argument(
        "--no-stability", action="store_true", help="do not measure stability: much faster, but the card lacks it"
    )
    arguments.add_json(parser)


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.importing.convention import Choices
    from allaprima.app.importing.imported_pack import Request, import_pack

    choices = Choices(args.range, args.output_range, args.layout, args.channels)
    request = Request(args.file, args.name, args.title, args.artist, args.output, choices)
    with Bars() as bars:
        bar = bars.add_task("importing", total=STEPS)

        def measure(pack: StylePack) -> Mapping[str, float] | None:
            return None if args.no_stability else _stability(pack, lambda what: bars.update(bar, description=what))

        pack = import_pack(request, measure, lambda step: bars.update(bar, advance=1, description=step))
    if args.json:
        print_json(_report(pack))
    else:
        _print(pack, among_packs=args.output is None)
    return 0


def _stability(pack: StylePack, tell: Callable[[str], None]) -> Mapping[str, float]:
    """The quick stability bench's means over the pack's first styles, for its card."""
    from allaprima.app.bench.stability.run import run
    from allaprima.app.bench.stability.settings import Settings

    styles = pack.styles[:MEASURED]
    result = run(pack, styles, Settings(quick=True, baselines=()), lambda what, _: tell(what), lambda _: None)
    mean = result.report["mean"]
    return {"styles": len(styles)} | {key: round(mean[key], 4) for key in FIGURES if mean.get(key) is not None}


def _report(pack: StylePack) -> dict[str, Any]:
    return {
        "pack": pack.name,
        "title": pack.title,
        "folder": str(pack.folder),
        "rows": pack.rows,
        "parameters": pack.parameters,
        "styles": [style.name for style in pack.styles],
        "import": dict(pack.imported),
        "stability": dict(pack.stability),
    }


def _print(pack: StylePack, among_packs: bool) -> None:
    found = pack.imported
    size = found.get("fixed") or f"any multiple of {found['multiple']}"
    eyes = "both eyes at once" if found["both_eyes"] else "one eye at a time"
    print_lines(f"{pack.name}: {len(pack.styles)} style{'s' * (len(pack.styles) > 1)}, {pack.parameters:,} parameters")
    print_lines(
        f"  found: takes {found['range_in']}, paints {found['range_out']}, {found['layout_in'].upper()}, "
        f"{found['channels'].upper()}, size {size}, {eyes}"
    )
    for note in found["notes"]:
        print_lines(f"  note: {note}")
    if pack.stability:
        print_lines(f"  stability: {', '.join(f'{key} {value}' for key, value in pack.stability.items())}")
    print_lines(f"  {pack.folder}")
    print_lines(
        f"  try it: allaprima stylize photo.jpg -o painted.png --pack {pack.name if among_packs else pack.folder}"
    )
