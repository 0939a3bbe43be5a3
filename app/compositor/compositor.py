"""Draws the cameras' pictures for the eyes' present pose."""

import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.eye_pose import DISTANCES_M, plane_to_eye_clip
from allaprima.app.compositor.framebuffer import draw_into
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.program import Program
from allaprima.app.compositor.rectifier import Rectifier
from allaprima.app.compositor.texture import Texture
from allaprima.app.compositor.texture_upload import HostUpload, TextureUpload, uploaded
from allaprima.app.compositor.trims import trimmed
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Painted, StereoFrame
from allaprima.app.core.pose import Matrix, Pose
from allaprima.app.core.view import EyeView, StereoRig
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.filling import grown
from allaprima.app.depth.reprojection import Reprojection
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import Trims

BACKGROUND = (0.067, 0.060, 0.055)
"""A dark warm grey outside the cameras' field of view."""

CELLS = 80, 60
"""Columns and rows of the mesh on which a picture is drawn whose depth is known."""

_FADE = 0.04  # part of the picture's width over which its edge fades


class Compositor:
    """The newest pair of pictures, painted and plain, drawn for each eye's field of view and present pose.

    `rig` are the cameras of the pictures; each picture fills its camera's field of view exactly, except for `trims`.
    Needs a current GL context. Raises `SettingsError` for a projection distance outside 0.2 to 100 m.
    With `guided`, a painting of fewer pixels than the camera's gets its outlines from the camera (see `view.frag`).
    With `rectification`, plain pairs are unrectified, and are rectified here.
    """

    def __init__(
        self,
        rig: StereoRig,
        projection_distance_m: float = 2.0,
        trims: Trims | None = None,
        guided: bool = False,
        rectification: Rectification | None = None,
        upload: TextureUpload | None = None,
        deep: bool = False,
    ) -> None:
        """`upload` brings painted pairs into textures, from the processor's memory if None; the caller closes it.
        `deep`: `set_depth` may be called.
        """
        if not DISTANCES_M[0] <= projection_distance_m <= DISTANCES_M[1]:
            least, most = DISTANCES_M
            raise SettingsError(
                f"a projection distance of {projection_distance_m:g} m is of no use",
                f"give the distance of what is looked at most, {least:g} to {most:g} m (2 is good indoors)",
            )
        self._rig, self._default_distance_m = rig, projection_distance_m
        self.trims = trims or Trims()
        self._guided, self._upload = guided, upload or HostUpload()
        self._views = _view_programs("plane.vert")
        self._meshes = _view_programs("mesh.vert") if deep else {}
        self.deep = deep
        self._depth: list[Texture] = []
        self._depth_share = 0.0
        self._matte: list[Texture] = []
        self._matted = False
        self._waiting = Program("rectangle.vert", "waiting.frag")
        self._painted: list[Texture] = []
        self._plain: list[Texture] = []
        self._rectifier = Rectifier(rectification) if rectification else None
        self._raw: list[Texture] = []  # unrectified pictures

    @property
    def trims(self) -> Trims:
        """The corrections by eye; they apply to the next drawn eye."""
        return self._trims

    @trims.setter
    def trims(self, trims: Trims) -> None:
        self._trims, rig = trims, trimmed(self._rig, trims)
        self._cameras = (rig.left, rig.right)
        self._distance_m = self._default_distance_m if trims.distance_m is None else trims.distance_m

    @property
    def distance_m(self) -> float:
        """Distance of the picture in metres."""
        return self._distance_m

    def upload(
        self, painted: Painted | None, plain: StereoFrame | None, matte: NDArray[np.float32] | None = None
    ) -> None:
        """Set the newest pictures; None keeps the previous ones.

        `painted` (2, H, W, 3) uint8 RGB, left eye first, row 0 at the top, on host or GPU; `plain` the unpainted pair.
        `matte` says what of `painted` is left unpainted (`app.matte.matte`), None leaves nothing: then the unpainted
        pair of the same moment must be uploaded, too.
        """
        if painted is not None:
            self._painted = self._upload.upload(self._painted, painted)
            self._matted = matte is not None
        if matte is not None:
            if not self._matte:
                self._matte = [Texture(matte.shape[2], matte.shape[1], 4, numbers=True) for _ in range(2)]
            for texture, coefficients in zip(self._matte, matte, strict=True):
                texture.upload(coefficients)
        if plain is not None and self._rectifier:
            self._raw = uploaded(self._raw, (plain.left, plain.right))
            self._plain = self._rectifier.rectified(self._raw)
        elif plain is not None:
            self._plain = uploaded(self._plain, (plain.left, plain.right))

    def set_depth(self, depth: Depth | None, head_at_capture: Pose, t_ns: int) -> None:
        """Draw each part of the pictures as far away as `depth` knows it, of the head at the capture of the drawn pair
        and of its stamp; the less it knows, the more as at the projection distance. None draws them flat.
        """
        self._depth_share = depth.share_at(t_ns) if depth else 0.0
        if depth is None or self._depth_share <= 0:
            return
        if not self._depth:
            self._depth = [Texture(*CELLS, channels=2, numbers=True) for _ in range(2)]
        for texture, camera in zip(self._depth, (self._rig.left, self._rig.right), strict=True):
            pose = head_at_capture @ camera.camera_to_head
            seen = Reprojection(depth.inverse, depth.fov, depth.camera, camera.fov, pose, CELLS[::-1]).inverse
            texture.upload(np.repeat(grown(seen)[..., None], 2, -1))

    def guides(self, painted: tuple[int, int], camera: tuple[int, int]) -> bool:
        """Whether a painting of that (width, height) is drawn with the outlines of a camera's picture of that size:
        then the unpainted pair of the same moment must be uploaded, too.
        """
        return self._guided and painted[0] < camera[0] and painted[1] < camera[1]

    def draw_eye(
        self,
        eye: int,
        framebuffer: int,
        size: tuple[int, int],
        view: EyeView,
        head_now: Pose,
        head_at_capture: Pose | None,
        plain: bool = False,
        keep_colour: float = 0.0,
        plain_share: float = 0.0,
    ) -> None:
        """Draw eye 0 (left) or 1 (right) over the whole of GL `framebuffer`, `size` (width, height) pixels.

        `head_now` is head-to-world at display, `head_at_capture` at capture: None draws the picture locked to the
        head. `plain` shows the unpainted pair; if one kind is missing, the other is shown.
        `keep_colour` 0..1 gives the painted pair the chroma of the unpainted one, `plain_share` 0..1 lets the whole of
        that show through; it must be of the same moment.
        """
        draw_into(framebuffer, size)
        GL.glDisable(GL.GL_BLEND)
        textures = (self._plain or self._painted) if plain else (self._painted or self._plain)
        if not textures:
            self._waiting.use()
            self._waiting.set_floats("rectangle", -1, -1, 1, 1)
            self._waiting.set_floats("flip", 0)
            self._waiting.set_floats("background", *BACKGROUND)
            self._waiting.draw()
            return
        GL.glClearColor(*BACKGROUND, 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        camera, d = self._cameras[eye], self._distance_m
        fov = camera.fov
        both = textures is self._painted and bool(self._plain)
        guided = both and self.guides(textures[eye].size, self._plain[eye].size)
        camera_too = both and (keep_colour > 0 or plain_share > 0 or self._matted)
        deep = self._depth_share > 0 and head_at_capture is not None
        program = (self._meshes if deep else self._views)[guided, camera_too]
        program.use()
        if deep:
            self._place_mesh(program, eye, plane_to_eye_clip(view, head_now, camera, head_at_capture, 0.0))
        else:
            program.set_matrix("clip", plane_to_eye_clip(view, head_now, camera, head_at_capture, d))
            program.set_floats("rectangle", -fov.left * d, -fov.down * d, fov.right * d, fov.up * d)
        program.set_floats("background", *BACKGROUND)
        aspect = (fov.left + fov.right) / (fov.up + fov.down)
        program.set_floats("fade", 1 / _FADE, 1 / (_FADE * aspect))
        program.set_int("picture", 0)
        textures[eye].bind(0)
        if guided or camera_too:
            program.set_int("camera", 1)
            self._plain[eye].bind(1)
        if camera_too:
            program.set_floats("keep_colour", keep_colour)
            program.set_floats("plain_share", plain_share)
            program.set_int("matted", int(self._matted))
            program.set_int("matte", 3)
            if self._matted:
                self._matte[eye].bind(3)
        program.draw(CELLS[1] * (2 * CELLS[0] + 4) if deep else 4)

    def _place_mesh(self, program: Program, eye: int, clip: Matrix) -> None:
        """Set what a program with `mesh.vert` needs; `clip` takes points of the camera's frame to the eye's clip
        coordinates.
        """
        fov = self._cameras[eye].fov
        program.set_matrix("clip", clip)
        program.set_floats("rectangle", -fov.left, -fov.down, fov.right, fov.up)
        program.set_ints("cells", *CELLS)
        x, y = np.linalg.solve(clip[[0, 1, 3], :3], -clip[[0, 1, 3], 3])[:2]  # the eye: what projects nowhere
        program.set_ints("backwards", int(x < 0), int(y < 0))
        program.set_floats("flat_share", 1 / self._distance_m, 1 - self._depth_share)
        program.set_int("depth", 2)
        self._depth[eye].bind(2)

    def close(self) -> None:
        if self._rectifier:
            self._rectifier.close()
        for texture in (*self._painted, *self._plain, *self._raw, *self._depth, *self._matte):
            texture.close()
        for program in (*self._views.values(), *self._meshes.values(), self._waiting):
            program.close()
        self._painted, self._plain, self._raw, self._depth, self._matte = [], [], [], [], []
        self._matted = False
        self._depth_share = 0.0


def _view_programs(vertex_file: str) -> dict[tuple[bool, bool], Program]:
    """By whether the camera guides the outlines, and whether its picture is seen: its colours, or parts of it."""
    return {
        (guides, seen): Program(vertex_file, "view.frag", *["GUIDED"] * guides, *["CAMERA"] * seen)
        for guides in (False, True)
        for seen in (False, True)
    }
