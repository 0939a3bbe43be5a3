"""`allaprima styles import`: a pack of a style network that others trained."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allaprima.app.stylize.pack import StylePack

RANGES = ("0-1", "0-255", "-1-1", "imagenet", "caffe")
STEPS = 5


def configure(actions: Any) -> None:
    """Add the action `import` to the sub-parsers of `styles`."""
    parser = actions.add_parser(
        "import",
        help="make a pack of a style network that others trained",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  allaprima styles import mosaic-9.onnx
  allaprima styles import candy.pth --name candy --title "Candy" --artist "unknown"
  allaprima styles import tf_style.onnx --range=-1-1 --layout nhwc -o ./my-pack
  allaprima run --pack mosaic-9

What can be imported:
  ONNX        networks that paint one RGB picture, of any or of one fixed size; also several styles in one network, chosen
              by a vector of weights or by number. Value range and layout are found out by trying; the flags below overrule.
  .pth        state dicts of PyTorch's fast_neural_style example, old ones too (needs: pip install "allaprima[train]")
A stranger's file is scanned before anything runs it, and tried in a process of its own. Nothing in it is executed as code.""",
    )
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
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.cli._bars import Bars
    from allaprima.app.stylize.importing.convention import Choices
    from allaprima.app.stylize.importing.imported_pack import Request, import_pack

    choices = Choices(args.range, args.output_range, args.layout, args.channels)
    request = Request(args.file, args.name, args.title, args.artist, args.output, choices)
    with Bars() as bars:
        bar = bars.add_task("importing", total=STEPS)
        pack = import_pack(request, _stability, lambda step: bars.update(bar, advance=1, description=step))
    if args.json:
        print(json.dumps(_report(pack), ensure_ascii=False, default=str))
    else:
        _print(pack)
    return 0


def _stability(pack: StylePack) -> Mapping[str, float] | None:
    """The pack's stability, mean over its styles, for its card; None where this version cannot measure it."""
    try:
        from allaprima.app.bench.stability import mean_of_pack  # type: ignore[import-not-found]
    except ImportError:
        print("allaprima: this version has no stability bench; the card is without its numbers", file=sys.stderr)
        return None
    measured: Mapping[str, float] = mean_of_pack(pack)
    return measured


def _report(pack: StylePack) -> dict[str, Any]:
    return {
        "pack": pack.name,
        "title": pack.title,
        "folder": str(pack.folder),
        "rows": pack.rows,
        "parameters": pack.parameters,
        "styles": [style.name for style in pack.styles],
        "import": dict(pack.imported),
    }


def _print(pack: StylePack) -> None:
    found = pack.imported
    size = found.get("fixed") or f"any multiple of {found['multiple']}"
    print(f"{pack.name}: {len(pack.styles)} style{'s' * (len(pack.styles) > 1)}, {pack.parameters:,} parameters")
    print(
        f"  found: takes {found['range_in']}, paints {found['range_out']}, {found['layout_in'].upper()}, "
        f"{found['channels'].upper()}, size {size}, {'both eyes at once' if found['both_eyes'] else 'one eye at a time'}"
    )
    for note in found["notes"]:
        print(f"  note: {note}")
    print(f"  {pack.folder}")
    print(f"  try it: allaprima stylize photo.jpg -o painted.png --pack {pack.folder}")
