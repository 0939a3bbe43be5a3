from __future__ import annotations

from allaprima.app.core.clock import NS
from allaprima.app.core.threads.backoff import Backoff


def attempts(backoff: Backoff, until_s: int, start_s: int = 0) -> list[float]:
    """When it was due, in seconds, each attempt coming to nothing."""
    backoff.failed(start_s * NS)
    found = []
    for tenth in range(start_s * 10, until_s * 10):
        if backoff.due(tenth * NS // 10):
            found.append(tenth / 10)
            backoff.failed(tenth * NS // 10)
    return found


def test_it_waits_twice_as_long_each_time_up_to_the_most() -> None:
    assert attempts(Backoff(1.0, 8.0), 40) == [1, 3, 7, 15, 23, 31, 39]


def test_nothing_is_due_before_anything_was_lost_or_once_it_works() -> None:
    backoff = Backoff()
    assert not backoff.due(10**15)
    backoff.failed(0)
    backoff.worked(NS)
    assert not backoff.due(10**15)


def test_what_worked_for_long_is_tried_soon_again_and_what_comes_and_goes_is_not() -> None:
    backoff = Backoff(1.0, 8.0)
    attempts(backoff, 10)
    backoff.worked(10 * NS)
    backoff.failed(11 * NS)
    assert not backoff.due(18 * NS) and backoff.due(19 * NS)
    backoff.worked(20 * NS)
    backoff.failed(28 * NS)
    assert backoff.due(29 * NS)
