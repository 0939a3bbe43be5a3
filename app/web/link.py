"""The hand-over between a session and its web pages. It knows of no network: tests use it without one."""

import queue
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from allaprima.app.core.commands import Call
from allaprima.app.core.frame import Pixels
from allaprima.app.core.threads.mailbox import Latest

View = Literal["left", "side-by-side", "anaglyph"]
"""What a page shows of the two eyes."""
VIEWS: tuple[View, ...] = get_args(View)

Views = Mapping[View, Pixels]
"""(H, W, 3) RGB of some views, all of one moment. Nobody changes them."""

_MOST_CALLS, _MOST_KEPT = 32, 2


@dataclass(frozen=True, slots=True)
class State:
    """What the pages show of a session beside its picture."""

    style: tuple[tuple[str, float], ...] = ()
    """Names of the styles that are painted, and their shares, which sum to 1."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Of each command that sets a value, the present one."""
    on: tuple[str, ...] = ()
    """The commands that are switched on, such as `freeze`."""
    worn: bool = True
    notes: Mapping[str, str] = field(default_factory=dict)
    """Other state by its name, as texts for the operator."""
    pairs_per_s: float = 0.0
    frames_per_s: float = 0.0
    added_ms: float | None = None
    kept: str = ""
    """Name of the picture that was kept last, for a visitor to take home."""
    said: str = ""
    """What the wearer was last told, such as the answer to a command."""


class Link:
    """One instance joins the thread of a session and that of its web pages. Nothing in it waits: of pictures and states
    the newest wins, and commands beyond `_MOST_CALLS` are refused.
    """

    def __init__(self) -> None:
        self.wanted: frozenset[View] = frozenset()
        """The views that somebody waits for; set by the pages' thread."""
        self.views: Latest[Views] = Latest()
        self.state: Latest[State] = Latest()
        self.told: Callable[[], object] = lambda: None
        """Called in the session's thread when there is something new."""
        self.kept: queue.Queue[tuple[str, Views]] = queue.Queue(_MOST_KEPT)
        """Names and pictures of moments, for visitors to take home."""
        self._calls: queue.Queue[Call] = queue.Queue(_MOST_CALLS)

    def show(self, views: Views) -> None:
        """Hand over the newest pictures; the caller does not change them any more."""
        self.views.put(views)
        self.told()

    def tell(self, state: State) -> None:
        """Hand over the newest state."""
        self.state.put(state)
        self.told()

    def keep(self, views: Views) -> str | None:
        """Hand over pictures for a visitor to take home. Returns their name, which nobody can guess; None if too many
        wait already.
        """
        name = secrets.token_urlsafe(16)
        try:
            self.kept.put_nowait((name, views))
        except queue.Full:
            return None
        self.told()
        return name

    def order(self, call: Call) -> bool:
        """Give the session a command; False if too many wait already."""
        try:
            self._calls.put_nowait(call)
        except queue.Full:
            return False
        return True

    def poll(self) -> list[Call]:
        """The commands given since the last call."""
        calls = []
        while True:
            try:
                calls.append(self._calls.get_nowait())
            except queue.Empty:
                return calls
