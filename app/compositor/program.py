"""GLSL programs, read from the shaders folder."""

import importlib.resources

import numpy as np
from numpy.typing import ArrayLike

from allaprima.app.compositor.gl import GL
from allaprima.app.core.errors import ShaderError


def read_shader(file: str) -> str:
    """The text of `file` in `allaprima.shaders`. Raises `ShaderError` when there is no such file."""
    try:
        return importlib.resources.files("allaprima.shaders").joinpath(file).read_text(encoding="utf-8")
    except OSError as error:
        raise ShaderError(f"shader {file} cannot be read: {error}", "reinstall allaprima") from error


class Program:
    """A vertex and a fragment shader, linked. Its vertices come from `gl_VertexID`: there are no vertex buffers.

    Raises `ShaderError` with the file's name and the driver's log. A uniform keeps its value until it is set again.
    """

    def __init__(self, vertex_file: str, fragment_file: str, *defines: str) -> None:
        """`defines`: names for the preprocessor, for decisions at compile time instead of at every pixel: software GL
        computes both sides of a branch.
        """
        self.name = " with ".join(filter(None, (f"{vertex_file} + {fragment_file}", ", ".join(defines))))
        self._locations: dict[str, int] = {}
        shaders: list[int] = []
        self._program = GL.glCreateProgram()
        try:
            for file, kind in ((vertex_file, GL.GL_VERTEX_SHADER), (fragment_file, GL.GL_FRAGMENT_SHADER)):
                shaders.append(compile_shader(file, kind, *defines))
                GL.glAttachShader(self._program, shaders[-1])
            GL.glLinkProgram(self._program)
            if not GL.glGetProgramiv(self._program, GL.GL_LINK_STATUS):
                raise ShaderError(f"{self.name} does not link: {_text(GL.glGetProgramInfoLog(self._program))}")
        except ShaderError:
            GL.glDeleteProgram(self._program)
            raise
        finally:
            for shader in shaders:  # flagged for deletion, freed with the program
                GL.glDeleteShader(shader)
        self._vertices: int = GL.glGenVertexArrays(1)  # empty, but core profile draws nothing without one

    def use(self) -> None:
        """Make it the current program; uniform setters and `draw` act on the current one."""
        GL.glUseProgram(self._program)

    def set_int(self, name: str, value: int) -> None:
        """An int, bool or sampler (texture unit) uniform."""
        GL.glUniform1i(self._location(name), int(value))

    def set_floats(self, name: str, *values: float) -> None:
        """A float or vec2..vec4 uniform, by 1 to 4 values."""
        (GL.glUniform1f, GL.glUniform2f, GL.glUniform3f, GL.glUniform4f)[len(values) - 1](self._location(name), *values)

    def set_ints(self, name: str, x: int, y: int) -> None:
        """An ivec2 uniform."""
        GL.glUniform2i(self._location(name), x, y)

    def set_matrix(self, name: str, matrix: ArrayLike) -> None:
        """A mat4 uniform from a 4x4 matrix for column vectors (rows first, as in numpy)."""
        GL.glUniformMatrix4fv(self._location(name), 1, GL.GL_TRUE, np.ascontiguousarray(matrix, np.float32))

    def draw(self, vertices: int = 4) -> None:
        """Draw a triangle strip of `vertices` vertices into the bound framebuffer."""
        GL.glBindVertexArray(self._vertices)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, vertices)

    def close(self) -> None:
        if self._program:
            GL.glDeleteVertexArrays(1, [self._vertices])
            GL.glDeleteProgram(self._program)
            self._program = 0

    def _location(self, name: str) -> int:
        if name not in self._locations:
            location = int(GL.glGetUniformLocation(self._program, name))
            if location < 0:  # GL would silently ignore a misspelt name
                raise ShaderError(f"{self.name} has no uniform {name!r}")
            self._locations[name] = location
        return self._locations[name]


def compile_shader(file: str, kind: int, *defines: str) -> int:
    """The handle of the compiled `file`; `kind` is GL_VERTEX_SHADER or GL_FRAGMENT_SHADER. Raises `ShaderError`."""
    shader: int = GL.glCreateShader(kind)
    version, text = read_shader(file).split("\n", 1)
    defined = "".join(f"#define {name} 1\n" for name in defines)
    GL.glShaderSource(shader, f"{version}\n{defined}#line 2\n{text}")
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        log = _text(GL.glGetShaderInfoLog(shader))
        GL.glDeleteShader(shader)
        raise ShaderError(f"{file} does not compile: {log}", "update the graphics driver, or report this log")
    return shader


def _text(log: bytes | str) -> str:
    text = log.decode(errors="replace") if isinstance(log, bytes) else log
    return "; ".join(text.strip("\0 \n").splitlines())
