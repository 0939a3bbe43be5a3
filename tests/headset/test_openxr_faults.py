"""OpenXR where something is missing, too old, or goes away while it is in use."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable

pytestmark = pytest.mark.skipif(
    find_spec("xr") is None, reason="NO OPENXR, its errors were not tested: pip install pyopenxr (macOS has none)"
)


@pytest.mark.monado(alone=True)
def test_a_runtime_that_is_killed_is_lost_and_can_be_closed_and_is_unavailable_afterwards(graphics: object) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset

    headset = OpenXrHeadset()
    for _ in range(5):
        headset.submit(headset.wait_frame())
    frame = headset.wait_frame()
    os.kill(int(os.environ["ALLAPRIMA_MONADO_PID"]), signal.SIGKILL)
    with pytest.raises(HeadsetLost, match="runtime has gone") as lost:
        for _ in range(1000):
            headset.submit(frame)
            headset.poll_actions()
            frame = headset.wait_frame()
    assert lost.value.hint
    headset.close()
    headset.close()
    with pytest.raises(HeadsetLost):
        headset.wait_frame()
    with pytest.raises(HeadsetUnavailable, match="does not answer") as unavailable:
        OpenXrHeadset()
    assert "monado-service" in unavailable.value.hint


@pytest.mark.monado(compositor="xcb", alone=True)
def test_a_window_is_drawn_with_as_well() -> None:
    """The context of the mirror's window: GLX on X11."""
    from allaprima.app.headset.openxr import OpenXrHeadset
    from allaprima.app.headset.openxr.binding import current_binding
    from allaprima.app.mirror.window import MirrorWindow

    window = MirrorWindow("test", (320, 180))
    assert current_binding().api == "GLX"
    headset = OpenXrHeadset()
    for _ in range(4):
        headset.submit(headset.wait_frame())
    assert headset.timing().submitted == 4
    headset.close()
    window.close()


@pytest.mark.monado()
def test_a_driver_that_is_too_old_for_the_runtime_is_told(graphics: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset
    from allaprima.app.headset.openxr.instance import GL

    versions = {GL.GL_MAJOR_VERSION: 2, GL.GL_MINOR_VERSION: 1}
    with monkeypatch.context() as patch:
        patch.setattr(GL, "glGetIntegerv", versions.__getitem__)
        with pytest.raises(HeadsetUnavailable, match=r"needs OpenGL \d\.\d, and the driver gives 2\.1"):
            OpenXrHeadset()
    OpenXrHeadset().close()  # and nothing of it is left behind


@pytest.mark.monado()
def test_an_extension_that_is_missing_is_told(graphics: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset
    from allaprima.app.headset.openxr.library import xr

    offered = [p for p in xr.enumerate_instance_extension_properties() if b"egl" not in p.extension_name]
    monkeypatch.setattr(xr, "enumerate_instance_extension_properties", lambda: offered)
    with pytest.raises(HeadsetUnavailable, match="cannot do XR_MNDX_egl_enable") as unavailable:
        OpenXrHeadset()
    assert "--no-window" in unavailable.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="contexts without a window are made on Linux only")
def test_without_a_runtime_it_is_unavailable(graphics: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset

    monkeypatch.setenv("XR_RUNTIME_JSON", str(tmp_path / "none.json"))
    with pytest.raises(HeadsetUnavailable, match="there is no OpenXR runtime") as unavailable:
        OpenXrHeadset()
    assert "XR_RUNTIME_JSON" in unavailable.value.hint


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("FormFactorUnavailableError", "finds no headset"),
        ("FormFactorUnsupportedError", "not one for headsets"),
        ("RuntimeUnavailableError", "there is no OpenXR runtime"),
        ("RuntimeFailureError", "does not answer"),
        ("LimitReachedError", "is taken"),
        ("OutOfMemoryError", "XR_ERROR_OUT_OF_MEMORY"),
    ],
)
def test_what_a_runtime_refuses_with_is_told_with_something_to_do(error: str, message: str) -> None:
    from allaprima.app.headset.openxr.library import opening, xr

    with pytest.raises(HeadsetUnavailable, match=message) as unavailable, opening("xrGetSystem"):
        raise getattr(xr.exception, error)
    assert not isinstance(unavailable.value, HeadsetLost)
    assert unavailable.value.hint


@pytest.mark.parametrize("error", ["InstanceLostError", "SessionLostError", "SessionLossPending"])
def test_what_ends_a_session_is_a_lost_headset(error: str) -> None:
    from allaprima.app.headset.openxr.library import using, xr

    with pytest.raises(HeadsetLost, match="XR_"), using("xrWaitFrame"):
        raise getattr(xr.exception, error)
