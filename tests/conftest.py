"""Fixtures shared by the whole tree."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

os.environ.setdefault("ALLAPRIMA_GL_DEBUG", "1")  # before PyOpenGL is imported: every GL error is an exception

from patience import PATIENCE_S

from allaprima.app.core.errors import GraphicsError

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and their children, ignore ctrl-C
pytest_plugins = ("monado_runs",)

Closable = TypeVar("Closable", bound=Any)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The interpreter waits for threads at its end, however long: say where they are, and end without them."""
    faulthandler.dump_traceback_later(60, exit=True)


@pytest.fixture(autouse=True)
def _ended_threads() -> Iterator[None]:
    """A test that leaves a thread running fails, rather than a later one that is disturbed by it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if not thread.daemon and thread not in before]
    left = [thread for thread in left if not thread.name.startswith("ThreadPoolExecutor-")]  # a library's: idle
    for thread in left:
        thread.join(PATIENCE_S / len(left))
    assert not [thread.name for thread in left if thread.is_alive()], "threads that the test has not ended"


@pytest.fixture
def will_close() -> Iterator[Callable[[Closable], Closable]]:
    """Hands back what it is handed, and closes it at the end of the test, however that ends."""
    with ExitStack() as opened:
        yield lambda thing: opened.enter_context(closing(thing))


@pytest.fixture(scope="session", autouse=True)
def _compiled_networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled networks and logs go where they leave the user's own folders alone; child processes follow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLAPRIMA_COMPILED", str(tmp_path_factory.mktemp("compiled")))
        patch.setenv("ALLAPRIMA_LOGS", str(tmp_path_factory.mktemp("logs")))
        yield


@pytest.fixture(scope="session")
def tiny_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small untrained pack whose three styles differ strongly; row 0 is the identity. Read-only."""
    torch = pytest.importorskip("torch", reason='the tiny pack is made with torch: pip install -e ".[train]"')
    pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')
    from allaprima.models.networks.export import export_onnx
    from allaprima.models.networks.network import ConditionalNorm, build

    torch.manual_seed(7)
    network = build("E8-16x1", 4)
    for module in network.modules():
        if isinstance(module, ConditionalNorm):
            torch.nn.init.normal_(module.scale, 1.0, 0.4)
            torch.nn.init.normal_(module.shift, 0.0, 0.4)
    torch.nn.init.normal_(network.exit.weight, std=0.3)
    folder = tmp_path_factory.mktemp("packs") / "tiny"
    (folder / "previews").mkdir(parents=True)
    digest = export_onnx(network, folder / "network.onnx")
    card = f"""format = 1
[pack]
name = "tiny"
title = "Three untrained styles"
network = "network.onnx"
sha256 = "{digest}"
family = "E8-16x1"
parameters = {sum(p.numel() for p in network.parameters())}
rows = 4
[training]
iterations = 0
"""
    for row, (name, title, artist) in enumerate(
        [("red-room", "The Red Room", "Henri M."), ("harbour", "Harbour", "C. M."), ("mosaic", "Mosaic", "")], 1
    ):
        preview = folder / "previews" / f"{name}.jpg"
        preview.write_bytes(b"\xff\xd8\xff\xd9")
        card += (
            f'[[style]]\nname = "{name}"\nrow = {row}\ntitle = "{title}"\nartist = "{artist}"\nyear = "19{row}1"\n'
            f'source = "seed 7"\npublic_domain = "nobody\'s"\npreview = "previews/{name}.jpg"\n'
        )
    (folder / "card.toml").write_text(card, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def _graphics() -> Iterator[object]:
    from allaprima.app.compositor.context import SurfacelessContext

    try:
        context = SurfacelessContext()
    except GraphicsError as error:
        if sys.platform == "linux" and os.environ.get("CI"):
            raise
        pytest.skip(f"NO OPENGL WITHOUT A WINDOW, nothing drawn was tested: {error.message}. {error.hint}")
    yield context
    context.close()


@pytest.fixture
def graphics(_graphics):
    """A current `SurfacelessContext`; skips loudly where there is none, fails in CI on Linux."""
    _graphics.make_current()
    return _graphics


@pytest.fixture(scope="session")
def _openvr_runtime(tmp_path_factory: pytest.TempPathFactory):
    import openvr_runtime

    if missing := openvr_runtime.missing():
        if sys.platform == "linux" and os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(f"OPENVR IS NOT TESTED: {missing}")
    return openvr_runtime.OpenVrRuntime(tmp_path_factory.mktemp("openvr"))


@pytest.fixture
def steamvr(_openvr_runtime, monkeypatch, tmp_path):
    """The OpenVR test runtime, as new, in SteamVR's place, and an empty data folder; skips loudly without gcc, fails
    in CI on Linux.
    """
    for name, value in _openvr_runtime.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    _openvr_runtime.reset()
    return _openvr_runtime
