"""A camera without a thread."""

from __future__ import annotations

from allaprima.app.core.clock import NS
from allaprima.app.sources.cameras.frame_stamping import Capture
from allaprima.app.sources.cameras.runner import Runner


class InLineRunner(Runner):
    """Steps the one camera whenever somebody waits: no threads, so that a fake clock tells the same story always."""

    def launch(self, capture: Capture) -> None:
        """Nothing to start."""

    def wait(self, until_ns: int) -> None:
        capture = self.captures[0]
        if capture.device is None and capture.camera.retry_ns > self.clock.now_ns():
            self.clock.sleep_until(min(until_ns, capture.camera.retry_ns))
            return
        before = self.clock.now_ns()
        capture.step()
        if self.clock.now_ns() == before:  # a step that took no time would never end
            self.clock.sleep_until(before + NS // 50)

    def stop(self) -> None:
        for capture in self.captures:
            capture.abandoned = True
            capture.close()
