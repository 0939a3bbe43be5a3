"""Cameras without threads, for tests that tell the same story every time."""

from __future__ import annotations

from allaprima.app.core.clock import NS, Clock
from allaprima.app.sources.cameras.frame_stamping import Capture
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.runner import Runner
from allaprima.app.sources.cameras.simulated import SimulatedDevice


class SimulatedRunner(Runner):
    """Runs simulated cameras without threads, whoever is due next, so that a fake clock tells the same story always."""

    def __init__(self, clock: Clock, inbox: Inbox, opens_in_s: float = 0.0) -> None:
        """`opens_in_s`: how long opening takes each of them, the others going on."""
        super().__init__(clock, inbox)
        self._opens_ns = round(opens_in_s * NS)

    def launch(self, capture: Capture) -> None:
        """Nothing to start: `wait` steps it."""

    def wait(self, until_ns: int) -> None:
        due = [(at, place) for place, capture in enumerate(self.captures) if (at := self._due_ns(capture)) is not None]
        at, place = min(due, default=(until_ns + 1, 0))
        if at > until_ns:
            self.clock.sleep_until(until_ns)
            return
        self.clock.sleep_until(at)
        self.captures[place].step()

    def stop(self) -> None:
        for capture in self.captures:
            capture.abandoned = True
            capture.close()

    def _due_ns(self, capture: Capture) -> int | None:
        """When `capture` has something to do; None while its device hangs."""
        if not isinstance(capture.device, SimulatedDevice):
            return max(capture.camera.retry_ns + self._opens_ns, self.clock.now_ns())
        if capture.device.hangs:
            capture.busy_since_ns = capture.busy_since_ns or self.clock.now_ns()
            return None
        return capture.device.due_ns()
