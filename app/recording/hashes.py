"""What was painted, as digests: two runs that painted the same wrote the same file."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from allaprima.app.core.files import PartialFile, writing
from allaprima.app.core.frame import StyledFrame

_BYTES = 16


class PictureHashes:
    """A JSON object a line and painted pair: its number, its stamps and head pose as recorded, BLAKE2b of the pixels of
    both eyes as captured and as painted, and the style. Appears whole when it is left, or not at all.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._all = hashlib.blake2b(digest_size=_BYTES)
        self._file = PartialFile(path)
        self._lines = self._file.temporary.open("w", encoding="utf-8", newline="\n")

    @property
    def digest(self) -> str:
        """Of all lines so far."""
        return self._all.hexdigest()

    def write(self, painted: StyledFrame) -> None:
        """Add a pair. Raises `RecordingError`."""
        source = painted.source
        captured = hashlib.blake2b(source.left.data, digest_size=_BYTES)
        captured.update(source.right.data)
        head = source.head_pose
        line = json.dumps(
            {
                "pair": source.seq,
                "recorded_ns": source.recorded_ns,
                "skew_ns": source.skew_ns,
                "head": [float(number) for number in (*head.position, *head.orientation)] if head else None,
                "captured": captured.hexdigest(),
                "painted": hashlib.blake2b(np.asarray(painted.pixels).data, digest_size=_BYTES).hexdigest(),
                "style": painted.style,
            }
        )
        self._all.update(line.encode())
        self.count += 1
        with writing(self.path):
            self._lines.write(line + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with writing(self.path) if kind is None else suppress(OSError):
                self._lines.close()
            if kind is None:
                self._file.commit()
        finally:
            self._file.discard()
