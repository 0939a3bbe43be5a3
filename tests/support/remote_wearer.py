"""Somebody who wears Monado's remote headset: moves the head, the eyes and the fingers exactly as a test says."""

from __future__ import annotations

import math
import socket
import struct
from typing import Self

from patience import PATIENCE_S

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView

_PORT = 4242
_HEADER = b"mndrmt3\0"
_SIZE = 376  # of the driver's packet: header, two views, head, left and right hand
_VIEWS, _HEAD, _VIEWS_VALID, _HANDS = 8, 104, 132, (136, 256)
_TRIGGER, _SQUEEZE, _THUMBSTICK = 72, 76, 84  # in a hand
_A_CLICK, _B_CLICK, _TRIGGER_CLICK = 108, 110, 112


class RemoteWearer:
    """Talks to the `remote` driver of the Monado beside us. Changes take effect as soon as `tell` has sent them."""

    def __init__(self) -> None:
        self._connection = socket.create_connection(("127.0.0.1", _PORT), timeout=PATIENCE_S)
        told = b""
        while len(told) < 2 * _SIZE:  # how it begins, and how it is now
            piece = self._connection.recv(2 * _SIZE - len(told))
            assert piece, "the remote driver hung up"
            told += piece
        self._packet = bytearray(told[:_SIZE])
        self._packet[:8] = _HEADER

    def look(self, head: Pose) -> Self:
        """Hold the head at `head`, as the local space has it: its origin is 1.6 m above the floor."""
        x, y, z = head.position
        struct.pack_into("7f", self._packet, _HEAD, *head.orientation, x, y + 1.6, z)
        return self.tell()

    def see(self, views: tuple[EyeView, EyeView]) -> Self:
        """Have eyes that see that, where that is on the head."""
        for eye, view in enumerate(views):
            fov = view.fov
            angles = (-math.atan(fov.left), math.atan(fov.right), math.atan(fov.up), -math.atan(fov.down))
            pose = (*view.eye_to_head.orientation, *view.eye_to_head.position)
            struct.pack_into("4f7f", self._packet, _VIEWS + 48 * eye, *angles, *pose)
        self._packet[_VIEWS_VALID] = 1
        return self.tell()

    def press(
        self, hand: int, trigger: float = 0.0, squeeze: float = 0.0, stick_y: float = 0.0, a: bool = False
    ) -> Self:
        """Hold that with hand 0 (left) or 1 (right), and let go of everything else that it held."""
        start = _HANDS[hand]
        struct.pack_into("2f", self._packet, start + _TRIGGER, trigger, squeeze)
        struct.pack_into("2f", self._packet, start + _THUMBSTICK, 0.0, stick_y)
        self._packet[start + _A_CLICK] = a
        self._packet[start + _TRIGGER_CLICK] = trigger > 0.5
        return self.tell()

    def tell(self) -> Self:
        self._connection.sendall(self._packet)
        return self

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
