from __future__ import annotations

import threading

import pytest
from patience import PATIENCE_S

from allaprima.app.core.threads.watchdog import Watchdog


def looked(watchdog: Watchdog, times: int) -> None:
    for _ in range(times):
        watchdog.look()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return []


def watchdog_of(heard: list[str], limit_s: float = 2.0) -> Watchdog:
    watchdog = Watchdog(limit_s)
    watchdog._barks = heard.append
    return watchdog


def test_a_call_that_does_not_return_is_told_once_by_its_name(heard: list[str]) -> None:
    watchdog = watchdog_of(heard)
    watchdog._call = (1, "a submitted frame")  # under way
    looked(watchdog, 8)
    assert heard == []
    looked(watchdog, 50)
    assert heard == ["a submitted frame"]


def test_calls_that_return_are_never_told_however_many_there_are(heard: list[str]) -> None:
    watchdog = watchdog_of(heard)
    for _ in range(100):
        with watchdog.over("the next frame"):
            looked(watchdog, 6)
        looked(watchdog, 1)
    assert heard == []


def test_the_next_call_of_the_same_name_is_another_one(heard: list[str]) -> None:
    watchdog = watchdog_of(heard)
    for _ in range(20):
        with watchdog.over("the next frame"):
            looked(watchdog, 2)  # never sees that there was a moment between two of them
    assert heard == []


def test_a_call_that_raises_is_over(heard: list[str]) -> None:
    watchdog = watchdog_of(heard)
    with pytest.raises(KeyError), watchdog.over("a past pose"):
        raise KeyError
    looked(watchdog, 50)
    assert heard == []


def test_it_looks_by_itself_while_it_is_watching_and_ends_with_that() -> None:
    watchdog, barked, heard = Watchdog(0.25), threading.Event(), []

    def barks(what: str) -> None:
        heard.append(what)
        barked.set()

    def hang() -> None:
        with watchdog.over("a frame"):
            threading.Event().wait()

    with watchdog.watching(barks):
        threading.Thread(target=hang, daemon=True).start()
        assert barked.wait(PATIENCE_S)
    assert heard == ["a frame"]
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]
