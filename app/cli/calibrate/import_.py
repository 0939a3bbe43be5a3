"""`allaprima calibrate import`: a rig that another program calibrated."""

import argparse
from pathlib import Path

from allaprima.app.cli.calibrate import board_flags
from allaprima.app.cli.shared import arguments, overwriting, values
from allaprima.app.core.console import print_result

HELP = "convert a calibration of OpenCV, ROS, Kalibr or KITTI to a rig file"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="their .yml, .xml or .txt files")
    parser.add_argument("--size", type=values.size, metavar="WxH", help="size of the pictures, if not in the files")
    parser.add_argument(
        "--unit",
        type=board_flags.metres,
        default=1.0,
        metavar="1m",
        help="unit of their translation: 1m, 1mm, or a square",
    )
    parser.add_argument("--fisheye", action="store_true", help="the distortion model is OpenCV's fisheye")
    parser.add_argument("--swap-eyes", action="store_true", help="swap the left and the right camera")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("rig.toml"), metavar="FILE", help="(default: rig.toml)"
    )
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima calibrate import intrinsics.yml extrinsics.yml --size 640x480 --unit 25mm
  allaprima calibrate import stereo.xml -o rig.toml
  allaprima calibrate import left.yaml right.yaml            of ROS' camera_calibration
  allaprima calibrate import camchain.yaml                   Kalibr's; its cam0 and cam1
  allaprima calibrate import calib.txt --size 1226x370       KITTI's; calib_cam_to_cam.txt of the raw recordings, too"""


def execute(args: argparse.Namespace) -> int:
    from allaprima.calibration.foreign import read_any_rig
    from allaprima.calibration.rectify import rectification
    from allaprima.calibration.rig_file import write_rig

    overwriting.check(args, args.output)
    rig = read_any_rig(args.files, args.size, args.unit, "fisheye" if args.fisheye else "pinhole", args.swap_eyes)
    rectification(rig)  # refuses cameras that are no pair
    write_rig(args.output, rig)
    text = f"{args.output}: {rig.size[0]}x{rig.size[1]}, baseline {rig.baseline_m * 1000:.1f} mm"
    print_result(args.json, {"file": str(args.output), "baseline": rig.baseline_m, "size": rig.size}, text)
    return 0
