"""The eyes of a headset that are drawn into framebuffers of ours."""

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.core.frame import Pixels


class DrawnEyes:
    """What a `Headset` says of its eyes, left and right."""

    _eyes: list[Framebuffer]

    def eye_framebuffer(self, eye: int) -> int:
        return self._eyes[eye].handle

    def eye_texture(self, eye: int) -> int:
        return self._eyes[eye].texture.handle

    def read_eye(self, eye: int, out: Pixels | None = None) -> Pixels:
        """(H, W, 3) RGB of eye 0 (left) or 1 (right) as drawn last, row 0 at the top: into `out`, or a fresh array."""
        return self._eyes[eye].read_rgb(out)
