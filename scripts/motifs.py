"""Draw the pictures that styles are shown on: `allaprima.models.motifs`. All of them are the project's own.

    python scripts/motifs.py [--only room landscape still_life] [--output models/motifs]

The room is the synthetic source's; landscape and still life are ray-marched by the shaders in `scripts/motifs/`, which
takes some minutes where OpenGL is software.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.compositor.context import SurfacelessContext
from allaprima.app.compositor.gl import GL
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.sources.synthetic.camera import Camera
from allaprima.app.sources.synthetic.renderer import Renderer, Stage
from allaprima.app.sources.synthetic.source import room_rig

HERE = Path(__file__).resolve().parent
SIZE = (640, 480)
OVERSAMPLE = 2
MOST_BYTES = 60_000
PASSES = {"landscape": 9, "still_life": 32}
"""Samples a pixel: path tracing needs more."""
EVERYTHING = (
    "#version 410 core\nvoid main() { gl_Position = vec4(gl_VertexID % 2 * 4 - 1, gl_VertexID / 2 * 4 - 1, 0, 1); }"
)


class RoomView(Renderer):
    """The room as a photographer would take it: one camera, a normal lens."""

    def camera(self, frame: int, eye: str) -> Camera:  # type: ignore[override]
        """From the corner by the stool, towards the window."""
        head = Pose.from_euler(0.16, -0.13, 0.0, (0.75, 1.45, 1.0))
        return Camera(head.matrix(), FieldOfView.symmetric(66.0, SIZE[0] / SIZE[1]), self.size)


def room() -> Pixels:
    """The synthetic room, (H, W, 3) RGB."""
    size = (SIZE[0] * OVERSAMPLE, SIZE[1] * OVERSAMPLE)
    view = RoomView(Stage.build(0), room_rig(*size), size)
    return np.asarray(cv2.resize(view.draw(60, "left"), SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def marched(shader: Path, passes: int, size: tuple[int, int] = SIZE) -> Pixels:
    """`shader` averaged over `passes` jittered passes, tone-mapped; (H, W, 3) RGB."""
    program = GL.glCreateProgram()
    for text, kind in ((EVERYTHING, GL.GL_VERTEX_SHADER), (shader.read_text(encoding="utf-8"), GL.GL_FRAGMENT_SHADER)):
        stage = GL.glCreateShader(kind)
        GL.glShaderSource(stage, text)
        GL.glCompileShader(stage)
        if not GL.glGetShaderiv(stage, GL.GL_COMPILE_STATUS):
            raise SystemExit(f"{shader}: {GL.glGetShaderInfoLog(stage).decode()}")
        GL.glAttachShader(program, stage)
    GL.glLinkProgram(program)
    texture, target = GL.glGenTextures(1), GL.glGenFramebuffers(1)
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA32F, *size, 0, GL.GL_RGBA, GL.GL_FLOAT, None)
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, target)
    GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, 0)
    GL.glViewport(0, 0, *size)
    GL.glBindVertexArray(GL.glGenVertexArrays(1))
    GL.glUseProgram(program)
    GL.glUniform2f(GL.glGetUniformLocation(program, "size"), *size)
    total = np.zeros((size[1], size[0], 3))
    for number in range(passes):
        GL.glUniform1i(GL.glGetUniformLocation(program, "pass"), number)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        pixels = GL.glReadPixels(0, 0, *size, GL.GL_RGB, GL.GL_FLOAT)
        total += np.minimum(np.nan_to_num(np.asarray(pixels, np.float32).reshape(size[1], size[0], 3)), 8)
        print(f"\r{shader.stem} {number + 1}/{passes}", end="", file=sys.stderr)
    print(file=sys.stderr)
    light = total[::-1] / passes
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)  # Narkowicz 2015's fit of ACES
    picture = np.asarray(255 * np.clip(film, 0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)
    return picture if shader.stem == "landscape" else _denoised(picture)


def _denoised(rgb: Pixels) -> Pixels:
    """Without what is left of path tracing's grain, which JPEG would keep at the cost of everything else."""
    return np.asarray(cv2.fastNlMeansDenoisingColored(cv2.medianBlur(rgb, 3), None, 3, 5, 5, 15), np.uint8)


def write(path: Path, rgb: Pixels) -> None:
    """As JPEG, as good as fits."""
    for quality in range(92, 40, -2):
        data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        if data.size <= MOST_BYTES:
            break
    path.parent.mkdir(parents=True, exist_ok=True)
    data.tofile(path)
    print(path, f"{data.size / 1000:.0f} kB, quality {quality}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    names = ("landscape", "room", "still_life")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--passes", type=int, help=f"samples a pixel (default: {PASSES})")
    parser.add_argument("--scale", type=float, default=1.0, help="of the size, for a quick look")
    parser.add_argument("-o", "--output", type=Path, default=HERE.parent / "models" / "motifs", help="folder")
    args = parser.parse_args()
    size = (round(SIZE[0] * args.scale), round(SIZE[1] * args.scale))
    try:
        for name in args.only:
            if name == "room":
                picture = room()
            else:
                with SurfacelessContext():
                    picture = marched(HERE / "motifs" / f"{name}.frag", args.passes or PASSES[name], size)
            write(args.output / f"{name}.jpg", picture)
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
