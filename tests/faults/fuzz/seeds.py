"""Valid files of every kind that is read from outside, as other programs and this one write them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Event, HeadSeen, Opening, RigSeen
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.packs.pack import shipped_folder
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import RigCalibration
from allaprima.calibration.rig_file import rig_text

SIZE = (64, 48)
LENS = CameraModel((60.5, 60.25), (31.5, 23.75), (-0.28, 0.07, 0.0002, 0.00002))
RIG = RigCalibration((64, 48), LENS, LENS, ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (-0.065, 0.0, 0.0))
PROJECTIONS = "P0: 60 0 32 0 0 60 24 0 0 0 1 0\nP1: 60 0 32 -4 0 60 24 0 0 0 1 0\n"
SETTINGS = """[stylize]
engine = "openvino"
strength = 0.5
size = "640x480"
[source]
rate = 15
size = [320, 240]
[mirror]
hud = false
"""
KALIBR = """cam0:
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, 0.0002, 0.00002]
  distortion_model: radtan
  intrinsics: [458.6, 457.3, 367.2, 248.4]
  resolution: [752, 480]
cam1:
  T_cn_cnm1:
  - [0.9999, 0.0023, 0.0003, -0.1100]
  - [-0.0023, 0.9998, 0.0141, 0.0004]
  - [-0.0003, -0.0141, 0.9999, -0.0008]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, -0.0001, -0.00003]
  distortion_model: radtan
  intrinsics: [457.6, 456.1, 379.9, 255.2]
  resolution: [752, 480]
"""
ROS = """image_width: 64
image_height: 48
camera_name: {name}
camera_matrix:
  rows: 3
  cols: 3
  data: [60., 0., 32., 0., 60., 24., 0., 0., 1.]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.28, 0.07, 0.0002, 0.00002, 0.0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1., 0., 0., 0., 1., 0., 0., 0., 1.]
projection_matrix:
  rows: 3
  cols: 4
  data: [60., 0., 32., {shift}, 0., 60., 24., 0., 0., 0., 1., 0.]
"""
PICTURES = (".png", ".jpg", ".tiff", ".bmp", ".webp", ".ppm", ".pgm", ".pfm", ".hdr", ".sr", ".jp2", ".avif", ".gif")


def texts() -> dict[str, bytes]:
    """By kind."""
    return {
        "settings": SETTINGS.encode(),
        "card": (shipped_folder() / "first" / "card.toml").read_bytes(),
        "rig": rig_text(RIG).encode(),
        "times": b"".join(b"%.6f\n" % (n / 30) for n in range(3)),
        "poses": b"1 0 0 0 0 1 0 0 0 0 1 0\n" * 3,
        "calib": PROJECTIONS.encode(),
        "kitti": ("calib_time: 09-Jan-2012 13:57:47\nK_00: 9 0 6 0 9 2 0 0 1\n" + PROJECTIONS).encode(),
        "kalibr": KALIBR.encode(),
        "ros": ROS.format(name="left", shift=0).encode(),
    }


def pictures() -> Iterator[tuple[str, bytes]]:
    """(suffix, file) of every format that this OpenCV writes."""
    pixels = np.random.default_rng(5).integers(0, 256, (SIZE[1], 2 * SIZE[0], 3), np.uint8)
    for suffix in PICTURES:
        content = pixels[..., 0] if suffix == ".pgm" else pixels
        try:
            encoded, data = cv2.imencode(suffix, content.astype(np.float32) if suffix in (".pfm", ".hdr") else content)
        except cv2.error:  # this build lacks it
            continue
        if encoded:
            yield suffix, data.tobytes()
    for flags, name in (([cv2.IMWRITE_TIFF_COMPRESSION, 5], ".tiff"), ([cv2.IMWRITE_JPEG_PROGRESSIVE, 1], ".jpg")):
        yield name, cv2.imencode(name, pixels, flags)[1].tobytes()


def storages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(suffix, file) of an OpenCV FileStorage."""
    for suffix in (".yml", ".xml"):
        path = folder / f"seed{suffix}"
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
        for name, value in (
            ("image_width", 64), ("image_height", 48), ("M1", LENS.matrix), ("D1", np.array([LENS.distortion])),
            ("M2", LENS.matrix), ("D2", np.array([LENS.distortion])), ("R", np.eye(3)),
            ("T", np.array(RIG.translation).reshape(3, 1)),
        ):  # fmt: skip
            storage.write(name, value)
        storage.release()
        yield suffix, path.read_bytes()


def recording(folder: Path) -> Path:
    """The video of a recording of four pairs, its journal beside it."""
    path = folder / "walk.mkv"
    rig = StereoRig.parallel(FieldOfView.symmetric(81.5, SIZE[0] / SIZE[1]), 0.0641)
    taken = StereoRecording(path, Opening(SIZE, source="a test", rate_hz=30.0), "ffv1")
    taken.note(RigSeen(rig))
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (2, SIZE[1], SIZE[0], 3), np.uint8)
        t_ns = 77_123_456_789 + number * 33_333_333
        taken.note(HeadSeen(t_ns, Pose((0.0, 1.6, 0.0))))
        taken.note(Event(t_ns, "strength", 0.5))
        taken.write(StereoFrame(pixels[0], pixels[1], number, t_ns, 1000, Pose((0.0, 1.6, 0.0))))
    taken.close()
    return path


def films(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """(suffix, codec, file) of short films; bit for bit the same each time."""
    for suffix, codec in ((".mp4", "mpeg4"), (".mkv", "ffv1"), (".mkv", "mpeg4"), (".avi", "mjpeg")):
        path = folder / f"{codec}{suffix}"
        with av.open(str(path), "w", container_options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream(codec, rate=Fraction(25))
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = 2 * SIZE[0], SIZE[1]
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(6):
                pixels = np.random.default_rng(number).integers(0, 256, (SIZE[1], 2 * SIZE[0], 3), np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        yield suffix, codec, path.read_bytes()
