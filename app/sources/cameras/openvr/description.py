"""SteamVR's description of the headset's cameras: their number, the layout of a frame, their places."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from allaprima.app.core.pose import Matrix, Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig
from allaprima.app.openvr.errors import camera_error, no_camera
from allaprima.app.openvr.hmd import HMD, Hmd
from allaprima.app.openvr.runtime import Runtime, asked
from allaprima.app.sources.layout import SWAPPED, Layout, eye_size

INTERFACES = ("System", "TrackedCamera")
"""OpenVR's interfaces that a `Runtime` needs for cameras."""
_STEREO, _VERTICAL = 2, 16  # bits of EVRTrackedCameraFrameLayout
_LONGEST_M = 0.5  # no camera is further from the head's centre
_TANGENTS = (0.1, 10.0)  # of half a picture's angle: 11 to 168 degrees in all
_LARGEST_SIDE = 8192


@dataclass(frozen=True, slots=True)
class HeadsetCameras:
    """The cameras of one headset as one device with frames of `size` (width, height) and type `frame_type`.

    `layout` is the layout of both eyes in a frame. `known`: `rig` is SteamVR's, for undistorted frames; otherwise some
    of it is assumed.
    """

    headset: str
    layout: Layout
    frame_type: int
    size: tuple[int, int]
    rig: StereoRig
    known: bool

    @property
    def name(self) -> str:
        """For people."""
        one = self.layout == "mono"
        name = f"the one camera of {self.headset}, shown to both eyes" if one else f"the cameras of {self.headset}"
        return name if self.known else f"{name}, uncalibrated"


def describe(runtime: Runtime, distorted: bool = False) -> HeadsetCameras:
    """Ask a `Runtime` that has `INTERFACES`. Frames are undistorted if SteamVR offers that, unless `distorted` is
    requested.

    A frame's first half, upper or left, is camera 0's. The places of the cameras decide which is the left one: Valve's
    header has the left one on top, HTC's headsets have the right one there (Rectus/UE4SteamVRPassthrough#2).

    Raises `CameraNotFound` if the headset has none, `CameraLost` if they are not available.
    """
    api, camera, hmd = runtime.api, runtime.trackedcamera, Hmd(runtime)
    code, there = asked(camera.hasCamera, HMD)
    if code:
        raise camera_error(code)
    if not there:
        raise no_camera(hmd.name)
    frame_type, size = _frames(api, camera, distorted)
    layout = _layout(hmd.whole(api.Prop_CameraFrameLayout_Int32), hmd.whole(api.Prop_NumCameras_Int32), size)
    count = 1 if layout == "mono" else 2
    heads = _heads(hmd.matrices(api.Prop_CameraToHeadTransforms_Matrix34_Array)[:count], count)
    heads = heads or _heads(hmd.matrices(api.Prop_CameraToHeadTransform_Matrix34), count)
    fovs = [_fov(camera, k, frame_type, eye_size(size, layout)) for k in range(count)]
    known = bool(heads) and all(fovs) and frame_type != api.VRTrackedCameraFrameType_Distorted
    if not _left_first(heads, layout):
        layout = SWAPPED[layout]
        heads.reverse()
        fovs.reverse()
    assumed = StereoRig.assumed(eye_size(size, layout))
    sides = [assumed.left.camera_to_head, assumed.right.camera_to_head] if count == 2 else [Pose()]
    views = [CameraView(fov or assumed.left.fov, head) for fov, head in zip(fovs, heads or sides, strict=True)]
    return HeadsetCameras(hmd.name, layout, frame_type, size, StereoRig(views[0], views[-1]), known)


def camera_to_head(m: Matrix) -> Pose | None:
    """The pose in a driver's 3x4 matrix; None if it is not a pose.

    Some are scaled, and in some the camera looks backwards, because they use OpenCV's axes (y down, z forward) instead
    of OpenVR's: the Vive Pro Eye had both (Rectus/openxr-steamvr-passthrough, `GetTrackedCameraEyePoses`).
    """
    rotation, place = m[:, :3].copy(), m[:, 3]
    if not np.isfinite(m).all() or np.linalg.norm(place) > _LONGEST_M or abs(np.linalg.det(rotation)) < 1e-6:
        return None
    if rotation[2, 2] < 0:
        rotation[:, 1:] *= -1
    u, _, v = np.linalg.svd(rotation)
    rotation = u @ v
    if np.linalg.det(rotation) < 0:  # mirrored
        return None
    return Pose.from_matrix(np.column_stack((rotation, place)))


def _frames(api: Any, camera: Any, distorted: bool) -> tuple[int, tuple[int, int]]:
    """(EVRTrackedCameraFrameType, (width, height)) of the best frames it has. Raises `CameraLost`."""
    code = 0
    wanted = () if distorted else (api.VRTrackedCameraFrameType_Undistorted,)
    for frame_type in (*wanted, api.VRTrackedCameraFrameType_Distorted):
        code, size = asked(camera.getCameraFrameSize, HMD, frame_type)
        if size and all(16 <= side <= _LARGEST_SIDE for side in size[:2]):
            return int(frame_type), size[:2]
    raise camera_error(code)


def _layout(bits: int, cameras: int, size: tuple[int, int]) -> Layout:
    """The layout with camera 0 as the left one. If the driver does not give it, the number of cameras decides."""
    if bits & _STEREO if bits else cameras > 1:
        vertical = bits & _VERTICAL if bits else size[1] > size[0]
        return "tb" if vertical else "sbs"
    return "mono"


def _heads(places: list[Matrix], count: int) -> list[Pose]:
    """The poses of all `count` cameras, or none: one pose alone is useless."""
    heads = [head for place in places if (head := camera_to_head(place))]
    return heads if len(heads) == count else []


def _left_first(heads: list[Pose], layout: Layout) -> bool:
    xs = [head.position[0] for head in heads]
    if len(xs) == 2 and xs[0] != xs[1]:
        return xs[0] < xs[1]
    return layout != "tb"  # the layout of HTC's headsets


def _fov(camera: Any, number: int, frame_type: int, size: tuple[int, int]) -> FieldOfView | None:
    """The field of view from the intrinsics of an eye's own picture of `size`; None if they are invalid."""
    _, intrinsics = asked(camera.getCameraIntrinsics, HMD, number, frame_type)
    if not intrinsics:
        return None
    (fx, fy), (cx, cy) = (tuple(map(float, vector.v)) for vector in intrinsics)
    if not all(map(math.isfinite, (fx, fy, cx, cy))) or min(fx, fy) <= 0:
        return None
    fov = FieldOfView.from_intrinsics(fx, fy, cx, cy, *size)
    low, high = _TANGENTS
    return fov if all(low < t < high for t in (fov.left, fov.right, fov.up, fov.down)) else None
