"""Every probe, in the order of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from allaprima.app.core.errors import SettingsError
from allaprima.app.doctor.cameras import cameras
from allaprima.app.doctor.engines import engine, onnxruntimes, painting
from allaprima.app.doctor.finding import Finding
from allaprima.app.doctor.gpu import gpu
from allaprima.app.doctor.graphics import graphics
from allaprima.app.doctor.network import network
from allaprima.app.doctor.packs import packs
from allaprima.app.doctor.python import packages, python
from allaprima.app.doctor.runtimes import openxr, steamvr
from allaprima.app.doctor.settings import settings_file
from allaprima.app.doctor.storage import cache, disk
from allaprima.app.doctor.windows import mixed_reality
from allaprima.app.settings_and_flags import Settings

_SLOW_S = 90.0
"""torch alone takes ten seconds to load on a busy machine."""
_DEVICE_S = 30.0
"""For drivers and runtimes, which hang rather than fail."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`look` may raise anything; `run` does not work without what is `needed`. A probe with `limit_s` runs in a child
    process for at most so many seconds, because what it looks at may hang or crash.
    """

    name: str
    look: Callable[[Settings], list[Finding]]
    needed: bool = False
    limit_s: float | None = None


PROBES = (
    Probe("python", python, needed=True),
    Probe("packages", packages, needed=True),
    Probe("settings", settings_file, needed=True),
    Probe("packs", packs, needed=True),
    Probe("cache", cache, needed=True),
    Probe("disk", disk),
    Probe("graphics", graphics, needed=True, limit_s=_DEVICE_S),
    Probe("gpu", gpu),
    Probe("painting", painting, needed=True, limit_s=_SLOW_S),
    *(Probe(name, partial(engine, name), limit_s=_SLOW_S) for name in ("openvino", "onnxruntime", "torch")),
    Probe("onnxruntimes", onnxruntimes),
    Probe("cameras", cameras, limit_s=_DEVICE_S),
    Probe("steamvr", steamvr, limit_s=_DEVICE_S),
    Probe("openxr", openxr, limit_s=_DEVICE_S),
    Probe("mixed reality", mixed_reality),
    Probe("network", network),
)


def known_settings() -> Settings:
    """The user's settings; the defaults if they cannot be read, which the probe `settings` reports."""
    try:
        return Settings.load()
    except SettingsError:
        return Settings()
