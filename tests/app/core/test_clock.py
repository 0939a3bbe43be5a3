import time

from allaprima.app.core.clock import FakeClock, SystemClock, now_ns


def test_a_fake_clock_moves_only_when_told():
    clock = FakeClock(7)
    assert clock.now_ns() == clock.now_ns() == 7
    clock.advance(5)
    assert clock.now_ns() == 12


def test_sleeping_on_a_fake_clock_moves_it_to_then_and_never_back():
    clock = FakeClock(100)
    clock.sleep_until(250)
    assert clock.now_ns() == 250
    clock.sleep_until(200)
    assert clock.now_ns() == 250


def test_the_system_clock_is_the_one_that_stamps_are_made_with():
    clock = SystemClock()
    before = now_ns()
    then = clock.now_ns()
    assert before <= then <= now_ns()


def test_the_system_clock_never_wakes_early(monkeypatch):
    """`time.sleep` may come back a little too soon: here it always sleeps half of what is asked."""
    t = [1_000_000_000]
    monkeypatch.setattr(time, "perf_counter_ns", lambda: t[0])
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        t[0] += max(1, int(seconds * 5e8))

    monkeypatch.setattr(time, "sleep", sleep)
    SystemClock().sleep_until(1_016_000_000)
    assert t[0] >= 1_016_000_000
    assert slept[0] == 0.016 and len(slept) > 1


def test_the_system_clock_does_not_sleep_for_a_time_that_is_past(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: (_ for _ in ()).throw(AssertionError("slept")))
    SystemClock().sleep_until(now_ns() - 1)
