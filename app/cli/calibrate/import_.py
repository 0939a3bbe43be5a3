"""`allaprima calibrate import`: a rig that another program calibrated."""

from __future__ import annotations

import argparse
from pathlib import Path

from allaprima.app.cli.calibrate import board_flags
from allaprima.app.cli.shared import overwriting, values
from allaprima.app.core.console import print_json, print_lines

HELP = "make a rig file of what OpenCV or KITTI wrote"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="OpenCV's .yml or .xml files, or calib.txt")
    parser.add_argument("--size", type=values.size, metavar="WxH", help="of the pictures, where the files do not tell")
    parser.add_argument(
        "--unit",
        type=board_flags.metres,
        default=1.0,
        metavar="1m",
        help="unit of their translation: 1m, 1mm, or a square",
    )
    parser.add_argument("--fisheye", action="store_true", help="their distortion is OpenCV's fisheye model")
    parser.add_argument("-o", "--out", type=Path, default=Path("rig.toml"), metavar="FILE", help="(default: rig.toml)")
    overwriting.add_flag(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.epilog = """examples:
  allaprima calibrate import intrinsics.yml extrinsics.yml --size 640x480 --unit 25mm
  allaprima calibrate import stereo.xml -o rig.toml
  allaprima calibrate import calib.txt --size 1226x370"""


def execute(args: argparse.Namespace) -> int:
    from allaprima.calibration.foreign import read_any_rig
    from allaprima.calibration.rectify import rectification
    from allaprima.calibration.rig_file import write_rig

    overwriting.check(args, args.out)
    rig = read_any_rig(args.files, args.size, args.unit, "fisheye" if args.fisheye else "pinhole")
    rectification(rig)  # refuses cameras that are no pair
    write_rig(args.out, rig)
    if args.json:
        print_json({"file": str(args.out), "baseline": rig.baseline_m, "size": rig.size})
    else:
        print_lines(f"{args.out}: {rig.size[0]}x{rig.size[1]}, baseline {rig.baseline_m * 1000:.1f} mm")
    return 0
