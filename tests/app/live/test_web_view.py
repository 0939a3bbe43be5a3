"""What the web pages get of a session, and what they can do to it, without a network between them."""

from __future__ import annotations

from typing import cast

import pytest
from stand_ins import ScriptedSource, ScriptedStylizer

from allaprima.app.canvas.canvas import MAX_IMPASTO
from allaprima.app.core.clock import NS
from allaprima.app.core.commands import COMMANDS, Call
from allaprima.app.live.web_view import state_of
from allaprima.app.web.link import VIEWS, Link, State, Views


class Counted(Link):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Views] = []
        self.states: list[State] = []

    def show(self, views: Views) -> None:
        self.shown.append(views)

    def tell(self, state: State) -> None:
        self.states.append(state)


def test_nothing_is_drawn_for_pages_while_nobody_waits(stage) -> None:
    link = Counted()
    stage(ScriptedSource(10**6), ScriptedStylizer(), link=link).session.run(seconds=1.0)
    assert link.shown == []


def test_a_page_is_shown_every_view_it_waits_for_at_most_fifteen_times_a_second(stage) -> None:
    link = Counted()
    link.wanted = frozenset(VIEWS)
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), link=link)
    s.session.run(seconds=2.0)
    assert 26 <= len(link.shown) <= 31
    height, width = 90, 80
    last = link.shown[-1]
    assert {view: last[view].shape for view in VIEWS} == {
        "left": (height, width, 3), "side-by-side": (height, 2 * width, 3), "anaglyph": (height, width, 3),
    }  # fmt: skip
    assert (last["left"] == last["side-by-side"][:, :width]).all() and last["left"].any()
    assert len({id(views["left"]) for views in link.shown}) == len(link.shown), "nobody draws over a handed-over one"


def test_pages_are_drawn_for_without_a_window_and_cost_no_cadence(stage) -> None:
    link = Counted()
    link.wanted = frozenset({"left"})
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), link=link)
    s.session.run(seconds=1.0)
    assert link.shown and s.headset.timing().dropped == 0


def test_a_command_of_the_desk_is_obeyed_like_a_key_and_told_to_all(stage) -> None:
    link = Counted()
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), link=link)
    second = s.controls.palette.pack.styles[1]

    def press(now_ns: int) -> None:
        if not s.controls.pipeline.frozen and s.pipeline.count > 2:
            for call in (Call("style", 2), Call("set-strength", 0.4), Call("freeze")):
                link.order(call)

    s.session.run(seconds=1.0, each_frame=press)
    state = link.states[-1]
    assert state.style == ((second.name, 1.0),)
    assert state.values["set-strength"] == 0.4 and "freeze" in state.on
    assert state.said == "frozen"


def test_the_desk_can_end_the_session(stage) -> None:
    link = Link()
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), link=link)
    link.order(Call("quit"))
    s.session.run()
    assert s.session.quit


def test_an_unchanged_state_is_told_no_more_than_its_figures_change(stage) -> None:
    link = Counted()
    s = stage(ScriptedSource(10**6), ScriptedStylizer(held=True), link=link)

    def release(now_ns: int) -> None:
        if now_ns > 2.9 * NS:
            cast(ScriptedStylizer, s.pipeline.networks.in_hand.stylizer).go.set()

    s.session.run(seconds=3.0, each_frame=release)
    assert 1 <= len(link.states) <= 8


@pytest.mark.parametrize(("homes", "answer"), [("http://10.0.0.9/p/", "scan"), (None, "no picture was kept")])
def test_a_picture_is_kept_for_a_visitor_unless_that_is_forbidden(stage, homes: str | None, answer: str) -> None:
    link = Counted()
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), link=link, homes=homes)
    link.order(Call("take-home"))
    s.session.run(seconds=1.0)
    assert answer in link.states[-1].said
    assert link.kept.empty() == (homes is None)
    if homes:
        name, views = link.kept.get_nowait()
        assert link.states[-1].kept == name and len(name) == 22, "128 bits"
        assert views["side-by-side"].shape == (90, 160, 3) and views["left"].any() and views["anaglyph"].any()


def test_without_pages_a_picture_to_take_home_is_refused_with_the_flag_that_it_needs(stage) -> None:
    s = stage(ScriptedSource(10**6), ScriptedStylizer())
    s.session.do("take-home")
    s.session.run(seconds=0.1)
    assert s.hud._banner._shown[0] == "pictures to take home need --web"


def test_every_value_of_the_vocabulary_is_told(stage) -> None:
    link = Counted()
    stage(ScriptedSource(3), ScriptedStylizer(), link=link).session.run()
    assert set(link.states[-1].values) == {command.name for command in COMMANDS if command.range}


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.range])
def test_a_value_is_set_within_its_range(stage, name: str) -> None:
    s = stage(ScriptedSource(3), ScriptedStylizer())
    reach = next(command.range for command in COMMANDS if command.name == name)
    assert reach
    for argument, expected in ((reach.low - 9, reach.low), (reach.high + 9, reach.high), (0.25, 0.25)):
        s.session.do(Call(name, argument))
        assert state_of(s.controls, "", "", {}).values[name] == expected


def test_the_slider_of_the_impasto_goes_as_far_as_its_keys() -> None:
    reach = next(command.range for command in COMMANDS if command.name == "set-impasto")
    assert reach and reach.high == MAX_IMPASTO
