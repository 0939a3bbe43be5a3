"""The only importer of pyopenxr, and the translation of its errors. Other modules: `from .library import xr`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.core.shell import pip

RUNTIME_HINT = (
    "start the headset's program and make it the OpenXR runtime (SteamVR: Settings > OpenXR; Monado: monado-service); "
    "XR_RUNTIME_JSON names another"
)


def _load() -> Any:
    from allaprima.app.compositor.gl import GL  # decides how PyOpenGL finds functions, before pyopenxr would

    assert GL
    os.environ.setdefault("XR_LOADER_DEBUG", "none")  # we report errors ourselves, once
    try:
        import xr
    except (ImportError, OSError, AttributeError, NotImplementedError) as error:
        hint = "there is no OpenXR on macOS" if sys.platform == "darwin" else f"{pip()} install pyopenxr"
        raise HeadsetUnavailable(f"OpenXR cannot be loaded: {error}", hint) from error
    return xr


xr: Any = _load()
"""`xr`, without types because all of its handles and structures are made by ctypes."""


@contextmanager
def opening(what: str) -> Iterator[None]:
    """Raises `HeadsetUnavailable` for errors of the runtime while `what` is being made."""
    try:
        yield
    except xr.exception.RuntimeUnavailableError as error:
        raise HeadsetUnavailable("there is no OpenXR runtime", RUNTIME_HINT) from error
    except xr.exception.FormFactorUnavailableError as error:
        raise HeadsetUnavailable(
            "the OpenXR runtime finds no headset", "connect it, switch it on, see that its own program shows it"
        ) from error
    except xr.exception.FormFactorUnsupportedError as error:
        raise HeadsetUnavailable("the OpenXR runtime is not one for headsets", RUNTIME_HINT) from error
    except (xr.exception.RuntimeFailureError, xr.exception.InitializationFailedError) as error:
        raise HeadsetUnavailable(
            f"the OpenXR runtime does not answer ({what}: {_name(error)})", RUNTIME_HINT
        ) from error
    except xr.exception.LimitReachedError as error:
        raise HeadsetUnavailable(f"the OpenXR runtime is taken ({what})", "close the other VR program") from error
    except xr.exception.ResultException as error:
        raise HeadsetUnavailable(f"OpenXR failed: {what}: {_name(error)}", RUNTIME_HINT) from error


@contextmanager
def using(what: str) -> Iterator[None]:
    """Raises `HeadsetLost` for errors of the runtime in use."""
    try:
        yield
    except xr.exception.ResultException as error:
        raise HeadsetLost(f"the OpenXR runtime has gone ({what}: {_name(error)})", RUNTIME_HINT) from error


def check(result: int) -> None:
    """Checks a result as pyopenxr does, for functions that pyopenxr lacks."""
    raised = xr.exception.check_result(xr.Result(result))
    if raised.is_exception():
        raise raised


def _name(error: Any) -> str:
    """The name in the specification, such as 'XR_ERROR_INSTANCE_LOST'."""
    result = error.get_result_enum()
    return f"XR_{result.name}" if result is not None else str(error)
