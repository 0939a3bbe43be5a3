"""Searches the board in pair after pair, and keeps the good views."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.worker import Worker
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.source import StereoSource
from allaprima.calibration.board import Board, guess_board
from allaprima.calibration.capture import Look, ViewQuality, ViewTaker, preview

PREVIEW = "preview.jpg"

_WITHIN_PX = 640  # wide: in 1280x720, a third of a second without a board becomes a twentieth
_WAIT_S = 0.1
_JOIN_S = 30.0
_GUESS_EVERY = 5  # pairs without a board
_SURE = 2  # times the same guess


class Collector:
    """Reads `source` in one thread and searches `board` in another, until `wanted` views are in `folder`, the source
    ends, or `quit` is set. It searches cameras' pairs as often as it can, and every pair of a recording.

    `on_look` is called with every look, in the searching thread.
    """

    def __init__(
        self, source: StereoSource, board: Board, folder: Path, wanted: int, on_look: Callable[[Look], None]
    ) -> None:
        self.frames: Latest[StereoFrame] = Latest()
        """The newest pair, for display; of a recording, the searched pair."""
        self.looks: Latest[Look] = Latest()
        """The newest look."""
        self.verdicts: Counter[ViewQuality] = Counter()
        self.quit = False
        """Set it to end the collection."""
        self._source, self._board, self._folder, self._wanted, self._on_look = source, board, folder, wanted, on_look
        self._live = source.rate_hz is not None
        self._taker = ViewTaker(board, source.size)
        self._number = _next_number(folder)
        self._guesses: Counter[tuple[int, int]] = Counter()
        self._unseen: Latest[StereoFrame] = Latest()
        self._eyes = ThreadPoolExecutor(2, "board")
        self._stop = threading.Event()
        self._workers = (
            Worker("source", self._read, self._stop, self._unseen.close),
            Worker("views", self._look, self._stop, self._end),
        )

    @property
    def running(self) -> bool:
        """Until the last look was put."""
        return not self.looks.closed

    @property
    def last(self) -> Look:
        """What there is, as a look at nothing."""
        return Look(None, None, ViewQuality.NO_BOARD, self._taker.progress, guess=self._guess)

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Stop and join the threads, and raise their errors. Taken views stay."""
        self._stop.set()
        self._source.close()
        for worker in self._workers:
            worker.join(_JOIN_S)
        self._eyes.shutdown()
        for worker in self._workers:
            if worker.error:
                raise worker.error

    @property
    def _guess(self) -> tuple[int, int] | None:
        """The most frequent guess of the board, once it is frequent enough."""
        return next((guess for guess, times in self._guesses.most_common(1) if times >= _SURE), None)

    def _read(self) -> bool:
        if self.quit:
            return False
        try:
            frame = self._source.read(_WAIT_S)
        except Stalled:
            return True
        except SourceEnded:
            return False
        if self._live:
            self.frames.put(frame)
            self._unseen.put(frame)
        while not (self._live or self.quit or self._stop.is_set() or self._unseen.offer(frame, _WAIT_S)):
            pass
        return True

    def _look(self) -> bool:
        frame = self._unseen.take(_WAIT_S)
        if frame is None or self.quit:
            return not (self._unseen.closed or self.quit)
        find = partial(self._board.find, within_px=_WITHIN_PX)
        left, right = self._eyes.map(find, (frame.left, frame.right))
        verdict = self._taker.consider(left, right)
        self.verdicts[verdict] += 1
        if verdict is ViewQuality.TAKEN:
            self._keep(frame)
        elif not self._taker.progress.count:
            self._ask_for_another(verdict, frame)
        look = Look(left, right, verdict, self._taker.progress, frame.t_ns, self._guess)
        self._on_look(look)
        self.looks.put(look)
        if not self._live:
            self.frames.put(frame)
        return look.progress.count < self._wanted

    def _keep(self, frame: StereoFrame) -> None:
        name = f"{self._number:03}.png"
        write_picture(self._folder / f"left{name}", frame.left)
        write_picture(self._folder / f"right{name}", frame.right)
        write_picture(self._folder / PREVIEW, preview(self._taker, frame.left, frame.right))
        self._number += 1

    def _ask_for_another(self, verdict: ViewQuality, frame: StereoFrame) -> None:
        """Guess which board is in sight, if it is not the one that was named."""
        now_and_then = verdict is ViewQuality.NO_BOARD and self.verdicts[verdict] % _GUESS_EVERY == 0
        if self._board.kind == "chessboard" and (now_and_then or verdict is ViewQuality.ANOTHER_BOARD):
            guess = guess_board(frame.left, _WITHIN_PX)
            if guess and sorted(guess) != sorted(self._board.corners):
                self._guesses[guess] += 1

    def _end(self) -> None:
        self._stop.set()
        self.looks.close()


def _next_number(folder: Path) -> int:
    """After the highest number there, so that nothing is overwritten."""
    taken = [re.fullmatch(r"(?:left|right)(\d+)", p.stem) for p in folder.glob("*.*")] if folder.is_dir() else []
    return max((int(match[1]) for match in taken if match), default=0) + 1
