"""The pose of an eye, applied to a picture that was taken at another."""

from allaprima.app.core.pose import Matrix, Pose
from allaprima.app.core.view import CameraView, EyeView

DISTANCES_M = (0.2, 100.0)
"""Between which a picture may be projected."""


def plane_to_eye_clip(
    view: EyeView, head_now: Pose, camera: CameraView, head_at_capture: Pose | None, distance_m: float
) -> Matrix:
    """4x4 from the plane of a camera's projected picture to an eye's clip coordinates.

    The plane is `distance_m` metres in front of the camera's pose at capture; its origin is on the camera's axis. The
    eye has the head's present pose. Without a pose at capture the picture is locked to the head. The rotation of the
    head is corrected exactly, its translation for things at that distance: the reprojection
    of Rectus/openxr-steamvr-passthrough.
    """
    eye = head_now @ view.eye_to_head
    plane = (head_at_capture or head_now) @ camera.camera_to_head @ Pose((0.0, 0.0, -distance_m))
    return view.fov.projection(far=2 * DISTANCES_M[1]) @ (eye.inverse() @ plane).matrix()
