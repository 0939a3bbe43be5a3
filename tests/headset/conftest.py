"""A headset through the OpenVR test runtime, under pyopenvr's own library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from allaprima.app.core.clock import FakeClock


@pytest.fixture
def open_headset(steamvr: Any, graphics: Any) -> Iterator[Callable[..., Any]]:
    """Opens headsets; those are closed at the end."""
    opened: list[Any] = []

    def open_one(*arguments: Any, **options: Any) -> Any:
        from allaprima.app.headset.openvr.headset import OpenVrHeadset

        opened.append(OpenVrHeadset(*arguments, **options))
        return opened[-1]

    yield open_one
    for headset in opened:
        headset.close()
    assert steamvr.calls("unimplemented", "bad binding", "bad bindings", "unknown action", "unknown command") == []


@pytest.fixture
def headset(open_headset: Callable[..., Any]) -> Any:
    """On the real clock, as the runtime is."""
    return open_headset()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(5_000_000_000)
