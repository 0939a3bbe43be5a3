"""GLSL programs and what they say when something is wrong."""

from __future__ import annotations

import importlib.resources

import pytest

from allaprima.app.core.errors import ShaderError

SHADERS = sorted(
    entry.name
    for entry in importlib.resources.files("allaprima.shaders").iterdir()
    if entry.name.endswith((".vert", ".frag"))
)


def test_there_are_shaders_to_test():
    assert {name.rsplit(".", 1)[1] for name in SHADERS} == {"vert", "frag"}


@pytest.mark.parametrize("file", SHADERS)
def test_every_shader_file_compiles(graphics, file):
    from allaprima.app.compositor.gl import GL
    from allaprima.app.compositor.program import compile_shader, read_shader

    kind = GL.GL_VERTEX_SHADER if file.endswith(".vert") else GL.GL_FRAGMENT_SHADER
    assert read_shader(file).startswith("#version 410 core")
    GL.glDeleteShader(compile_shader(file, kind))


def test_a_missing_shader_is_named():
    from allaprima.app.compositor.program import read_shader

    with pytest.raises(ShaderError, match=r"nowhere\.frag"):
        read_shader("nowhere.frag")


def test_a_broken_shader_is_reported_with_its_file_and_the_drivers_log(graphics, monkeypatch):
    from allaprima.app.compositor import program

    real = program.read_shader
    monkeypatch.setattr(program, "read_shader", lambda f: real(f).replace("void main", "void main oops"))
    with pytest.raises(ShaderError, match=r"rectangle\.vert does not compile.*error"):
        program.Program("rectangle.vert", "picture.frag")


def test_shaders_that_do_not_fit_do_not_link(graphics, monkeypatch):
    from allaprima.app.compositor import program

    def read_shader(file: str, real=program.read_shader) -> str:
        return real(file).replace("in vec2 uv", "in vec3 uv").replace("picture, uv", "picture, uv.xy")

    monkeypatch.setattr(program, "read_shader", read_shader)
    with pytest.raises(ShaderError, match=r"rectangle\.vert \+ picture\.frag does not link"):
        program.Program("rectangle.vert", "picture.frag")


def test_a_misspelt_uniform_is_an_error(graphics):
    from allaprima.app.compositor.program import Program

    program = Program("rectangle.vert", "picture.frag")
    program.use()
    with pytest.raises(ShaderError, match="rectangel"):
        program.set_floats("rectangel", 0, 0, 1, 1)
    program.close()
