"""Painting tells nobody."""

from __future__ import annotations

import subprocess
import sys

from patience import PATIENCE_S

from allaprima.app.stylize.openvino.library import first_line

LOOK = """
import socket, sys
asked = []
def refused(*arguments, **more):
    asked.append(arguments[:2])
    raise OSError("no network here")
socket.getaddrinfo = socket.create_connection = socket.socket.connect = refused
import allaprima.app.stylize.openvino.engine
import concurrent.futures.thread as pools
pools._python_exit()  # what was begun beside it is done
print(asked, [name for name in sys.modules if name.startswith("openvino_telemetry.")])
"""


def test_loading_openvino_reaches_for_no_network() -> None:
    told = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert told.stdout.split("\n")[0] == "[] []", told.stderr


def test_a_refusal_that_quotes_broken_text_is_told() -> None:
    assert first_line(UnicodeDecodeError("utf-8", b"no node \xff\n", 8, 9, "invalid start byte")) == r"no node \xff"
    assert first_line(RuntimeError("Exception from src/core.cpp:12:\n\nno such node\n")) == "no such node"
