"""Chooses and opens the headset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.core.shell import pip
from allaprima.app.headset.headset import Headset

Opener = Callable[[], Headset]
"""Opens a headset in the current GL context. Raises `HeadsetUnavailable`."""

_LIBRARIES = {"openvr": "openvr", "openxr": "pyopenxr"}
_CLASSES = {"openvr": "OpenVrHeadset", "openxr": "OpenXrHeadset"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The headset, its kind, and the errors of the kinds tried before it."""

    kind: str
    headset: Headset
    refused: Mapping[str, HeadsetUnavailable]


def openers(clock: Clock, simulated: Opener) -> dict[str, Opener]:
    """All kinds of headsets in the order in which `auto` tries them.

    Each library is imported when it is tried: if OpenVR finds a headset, OpenXR's library is never loaded.
    """
    return {**{name: _opener(name, clock) for name in _LIBRARIES}, "simulated": simulated}


def choose_headset(kind: str, candidates: Mapping[str, Opener]) -> Choice:
    """The first of `candidates` that opens if `kind` is "auto", else the one of that name.

    Raises `HeadsetUnavailable` if the requested one does not open.
    """
    if kind != "auto":
        try:
            return Choice(kind, candidates[kind](), {})
        except HeadsetUnavailable as error:
            hint = "without a headset: --headset simulated"
            if "--headset simulated" in error.hint:
                raise
            raise type(error)(error.message, f"{error.hint}; {hint}" if error.hint else hint) from error
    refused: dict[str, HeadsetUnavailable] = {}
    for name, opener in candidates.items():
        try:
            return Choice(name, opener(), refused)
        except HeadsetUnavailable as error:
            refused[name] = error
    raise HeadsetUnavailable("there is no headset", "--headset simulated")


def _opener(name: str, clock: Clock) -> Opener:
    def open_it() -> Headset:
        try:
            headset: type[Headset] = getattr(import_module(f"allaprima.app.headset.{name}.headset"), _CLASSES[name])
        except (ImportError, OSError) as error:  # OSError: its shared library
            raise HeadsetUnavailable(
                f"the library for {name} cannot be loaded: {error}", f"{pip()} install {_LIBRARIES[name]}"
            ) from error
        return headset(clock)  # type: ignore[call-arg]

    return open_it
