"""Another size of stroke is loaded while the network in hand goes on painting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from patience import PATIENCE_S, eventually
from stand_ins import ROWS, ScriptedStylizer

from allaprima.app.core.errors import EngineError, SettingsError
from allaprima.app.stylize.network_cache import KEPT, NetworkCache
from allaprima.app.stylize.prepare import Size

FULL = (640, 480)
Loader = Callable[[Size], ScriptedStylizer]


class Shop:
    """Opens scripted stylizers, waiting for `open` to be set, and remembers them all; raises for one of `sold_out`."""

    def __init__(self) -> None:
        self.stylizers: dict[Size, ScriptedStylizer] = {}
        self.opened: list[Size] = []
        self.threads: set[str] = set()
        self.open = threading.Event()
        self.open.set()
        self.asked = threading.Event()
        self.sold_out: set[Size] = set()

    def __call__(self, size: Size) -> ScriptedStylizer:
        self.threads.add(threading.current_thread().name)
        self.asked.set()
        assert self.open.wait(PATIENCE_S)
        if size in self.sold_out:
            raise EngineError(f"no memory for {size[0]}x{size[1]}", "buy some")
        self.opened.append(size)
        self.stylizers[size] = ScriptedStylizer(size=size)
        return self.stylizers[size]


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def networks(shop: Shop) -> Iterator[NetworkCache]:
    networks = NetworkCache(shop, FULL, ROWS)
    yield networks
    shop.open.set()
    networks.close()


def until(networks: NetworkCache, stroke_size: float) -> None:
    eventually(lambda: networks.pick_up().stroke_size == stroke_size)


def failures_of(networks: NetworkCache) -> list[str]:
    """What is told up to and with the first failure."""
    told: list[str] = []

    def failed() -> bool:
        told.extend(filter(None, [networks.failure()]))
        return bool(told)

    eventually(failed)
    return told


def test_the_old_brush_paints_until_the_new_one_is_loaded(shop: Shop, networks: NetworkCache) -> None:
    old = networks.pick_up()
    shop.open.clear()
    networks.ask(2.0)
    assert shop.asked.wait(PATIENCE_S)
    assert networks.pick_up() is old and networks.asked == 2.0
    shop.open.set()
    until(networks, 2.0)
    assert networks.in_hand.stylizer.size == networks.in_hand.buffer.size == (320, 240)
    assert len(shop.threads) == 2, "the first here, where it may raise; the others in a thread of their own"


def test_a_brush_is_picked_up_warm(shop: Shop, networks: NetworkCache) -> None:
    networks.ask(2.0)
    until(networks, 2.0)
    assert len(shop.stylizers[(320, 240)].passes) >= 2
    np.testing.assert_array_equal(shop.stylizers[(320, 240)].passes[0], np.eye(ROWS, dtype=np.float32)[0])


def test_a_size_that_was_used_is_there_at_once(shop: Shop, networks: NetworkCache) -> None:
    first = networks.pick_up()
    networks.ask(2.0)
    until(networks, 2.0)
    shop.open.clear()  # nothing more can be loaded
    networks.ask(1.0)
    assert networks.pick_up() is first
    networks.ask(2.0)
    assert networks.pick_up().stroke_size == 2.0
    assert shop.opened == [(640, 480), (320, 240)]


def test_only_the_last_of_many_wishes_is_loaded(shop: Shop, networks: NetworkCache) -> None:
    shop.open.clear()
    networks.ask(0.7)
    shop.asked.wait(PATIENCE_S)
    for stroke_size in (1.4, 1.2, 2.0):
        networks.ask(stroke_size)
    shop.open.set()
    until(networks, 2.0)
    networks.close()
    assert (456, 344) not in shop.opened and len(shop.opened) <= 3


def test_few_stay_loaded_and_the_one_in_hand_is_never_closed(shop: Shop, networks: NetworkCache) -> None:
    sizes = [2.0, 1.4, 0.7, 0.5, 1.6, 1.8, 2.2]
    for stroke_size in sizes:
        networks.ask(stroke_size)
        until(networks, stroke_size)
        in_hand = networks.in_hand
        assert isinstance(in_hand.stylizer, ScriptedStylizer) and not in_hand.stylizer.closed
        in_hand.paint(in_hand.prepare(*np.zeros((2, 8, 8, 3), np.uint8)), np.eye(ROWS, dtype=np.float32)[0])
    alive = [size for size, stylizer in shop.stylizers.items() if not stylizer.closed]
    assert alive == shop.opened[-len(alive) :] and len(alive) == KEPT


def test_strokes_that_cannot_be_had_are_told_once_and_change_nothing(shop: Shop, networks: NetworkCache) -> None:
    old = networks.pick_up()
    shop.sold_out.add((320, 240))
    networks.ask(2.0)
    failures = failures_of(networks)
    assert failures == ["no strokes of size 2: no memory for 320x240"]
    assert networks.failure() == "" and networks.asked == 1.0 and networks.pick_up() is old
    networks.ask(1.4)
    until(networks, 1.4)


def at(networks: NetworkCache, scale: float) -> None:
    eventually(lambda: networks.pick_up().scale == scale)


def test_another_scale_is_loaded_as_other_strokes_are_and_keeps_them(shop: Shop, networks: NetworkCache) -> None:
    networks.ask(1.4)
    until(networks, 1.4)
    networks.ask_scale(0.5)
    assert (networks.asked, networks.asked_scale) == (1.4, 0.5)
    at(networks, 0.5)
    assert networks.in_hand.stroke_size == 1.4 and networks.in_hand.stylizer.size == (232, 168)
    networks.ask(2.0)
    until(networks, 2.0)
    assert networks.in_hand.scale == 0.5 and networks.in_hand.stylizer.size == (160, 120)
    networks.ask_scale(1.0)
    at(networks, 1.0)
    assert networks.in_hand.stylizer.size == (320, 240)


def test_a_scale_that_no_network_has_is_not_asked_for(shop: Shop) -> None:
    small = NetworkCache(shop, (144, 112), ROWS)
    small.ask_scale(0.5)
    assert small.asked_scale == 1.0
    small.ask_scale(0.59)
    assert small.asked_scale == 0.59
    small.ask(1.4)  # possible, but not at that scale
    assert (small.asked, small.asked_scale) == (1.4, 1.0)
    small.close()


def test_a_scale_that_cannot_be_loaded_is_told_and_taken_back(shop: Shop, networks: NetworkCache) -> None:
    shop.sold_out.add((320, 240))
    networks.ask_scale(0.5)
    assert failures_of(networks) == ["no strokes of size 1 at 50%: no memory for 320x240"]
    assert networks.asked_scale == 1.0


@pytest.mark.parametrize("stroke_size", [0.0, -1.0, 0.2, 4.1, float("nan"), float("inf")])
def test_a_size_that_is_none_is_refused_at_once(networks: NetworkCache, stroke_size: float) -> None:
    with pytest.raises(SettingsError, match="stroke size"):
        networks.ask(stroke_size)
    assert networks.asked == 1.0


def test_the_first_brush_raises_what_is_wrong_with_it(shop: Shop) -> None:
    shop.sold_out.add(FULL)
    with pytest.raises(EngineError, match="no memory"):
        NetworkCache(shop, FULL, ROWS)
    with pytest.raises(SettingsError, match="80x40; each side must be"):
        NetworkCache(shop, (160, 80), ROWS, 2.0)


def test_closing_frees_every_network_and_leaves_no_thread(shop: Shop, networks: NetworkCache) -> None:
    networks.ask(2.0)
    until(networks, 2.0)
    networks.close()
    networks.close()
    assert all(stylizer.closed for stylizer in shop.stylizers.values()) and len(shop.stylizers) == 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("networks")]
