"""When to try again."""

from allaprima.app.core.clock import NS


class Backoff:
    """Waits `first_s` seconds before the first attempt, twice as long before each that follows, at most `most_s`.

    What works for `most_s` seconds begins anew: what comes and goes in between is not tried at `first_s` for ever.
    """

    def __init__(self, first_s: float = 1.0, most_s: float = 30.0) -> None:
        self._first_ns, self._most_ns = round(first_s * NS), round(most_s * NS)
        self._wait_ns = self._first_ns
        self._due_ns: int | None = None
        self._worked_ns: int | None = None

    def failed(self, now_ns: int) -> None:
        """It was lost, or an attempt came to nothing."""
        if self._worked_ns is not None and now_ns - self._worked_ns >= self._most_ns:
            self._wait_ns = self._first_ns
        self._worked_ns = None
        self._due_ns = now_ns + self._wait_ns
        self._wait_ns = min(2 * self._wait_ns, self._most_ns)

    def worked(self, now_ns: int) -> None:
        """It is there, so there is nothing to try."""
        self._worked_ns, self._due_ns = now_ns, None

    def due(self, now_ns: int) -> bool:
        """Whether it is time for an attempt."""
        return self._due_ns is not None and now_ns >= self._due_ns
