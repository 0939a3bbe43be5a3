"""A server of web pages on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allaprima.app.core.clock import FakeClock
from allaprima.app.packs.pack import load_pack
from allaprima.app.web.address import Address
from allaprima.app.web.server import WebServer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(tiny_pack: Path, clock: FakeClock) -> Iterator[WebServer]:
    serving = WebServer(Address("127.0.0.1", 0), load_pack(tiny_pack), clock)
    yield serving
    serving.close()
