"""The one-slot mailbox. Threads meet at events, not after sleeps; timeouts are only there to fail by."""

import threading
from collections.abc import Callable

import pytest
from patience import PATIENCE_S

from allaprima.app.core.threads.mailbox import Latest

LONG_S = 2 * PATIENCE_S


class Announced(threading.Condition):
    """Sets `waiting` with the lock held, just before it waits: who then gets the lock meets a true waiter."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waiting.set()
        return super().wait(timeout)


def while_waiting(box: Latest, call: Callable[[], object], then: Callable[[], object]) -> object:
    """What `call` returns in another thread, `then` being done once it waits in `box`."""
    box._condition = condition = Announced()
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(call()), daemon=True)
    thread.start()
    assert condition.waiting.wait(PATIENCE_S)
    then()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "nobody woke the waiter"
    return results[0]


def test_the_newest_item_wins_and_what_nobody_saw_is_counted():
    box = Latest[str]()
    for item in "abc":
        box.put(item)
    assert box.dropped == 2
    assert box.take() == "c"
    assert box.take() is None
    assert box.dropped == 2


def test_what_was_taken_is_not_counted_as_dropped():
    box = Latest[int]()
    for i in range(5):
        box.put(i)
        assert not box.empty
        assert box.take() == i
        assert box.empty
    assert box.dropped == 0


def test_items_that_are_false_are_items():
    box = Latest[int]()
    box.put(0)
    box.put(0)
    assert box.dropped == 1
    assert box.take() == 0


def test_an_empty_box_gives_nothing_at_once_or_after_the_timeout():
    box = Latest[int]()
    assert box.take() is None
    assert box.take(timeout_s=0.001) is None


def test_a_waiter_gets_what_is_put():
    box = Latest[str]()
    assert while_waiting(box, lambda: box.take(LONG_S), lambda: box.put("new")) == "new"
    assert box.dropped == 0


def test_closing_wakes_the_waiter_with_nothing():
    box = Latest[str]()
    assert while_waiting(box, lambda: box.take(LONG_S), box.close) is None
    assert box.closed


def test_a_closed_box_still_gives_what_lay_in_it_and_then_nothing_without_waiting():
    box = Latest[str]()
    box.put("last")
    box.close()
    box.close()
    assert box.take(LONG_S) == "last"
    assert box.take(LONG_S) is None


def test_an_offer_to_an_empty_box_is_taken_at_once():
    box = Latest[str]()
    assert box.offer("a", 0.0)
    assert box.take() == "a"


def test_an_offer_drops_nothing_it_waits_or_gives_up():
    box = Latest[str]()
    box.put("a")
    assert not box.offer("b", 0.001)
    assert box.take() == "a"
    assert box.dropped == 0


def test_an_offer_goes_in_when_the_item_before_it_is_taken():
    box = Latest[str]()
    box.put("a")
    taken: list[str | None] = []
    assert while_waiting(box, lambda: box.offer("b", LONG_S), lambda: taken.append(box.take())) is True
    assert taken == ["a"]
    assert box.take() == "b"
    assert box.dropped == 0


@pytest.mark.parametrize("pairs", [2000])
def test_between_two_threads_every_item_is_taken_once_or_counted_and_order_is_kept(pairs):
    box = Latest[int]()

    def produce() -> None:
        for i in range(pairs):
            box.put(i)
        box.close()

    producer = threading.Thread(target=produce, daemon=True)
    producer.start()
    taken = []
    while (item := box.take(LONG_S)) is not None:
        taken.append(item)
    producer.join(PATIENCE_S)
    assert taken == sorted(set(taken))
    assert taken[-1] == pairs - 1
    assert len(taken) + box.dropped == pairs
