"""The application's loop, end to end on every headset of `worn_rigs.RIGS`: styles from the controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from patience import eventually
from stage import BuildStage, Stage
from stand_ins import SIZE, ScriptedSource, ScriptedStylizer
from worn_rigs import RIGS, Rig

from allaprima.app.core.commands import Call
from allaprima.app.headset.failover import FailoverHeadset


class Telling(ScriptedStylizer):
    """Paints one colour: red tells the row with the most weight, green the number of the pass, blue the first row's
    weight.
    """

    def paint(self, frames: np.ndarray, weights: np.ndarray, canvas: np.ndarray | None = None) -> np.ndarray:
        super().paint(frames, weights)
        colour = (50 * int(np.argmax(weights)), len(self.passes) % 256, round(255 * float(weights[1])))
        return np.full((2, SIZE[1], SIZE[0], 3), colour, np.uint8)


@pytest.fixture(params=list(RIGS.values()), ids=list(RIGS))
def rig(request: pytest.FixtureRequest, graphics: object) -> Iterator[Rig]:
    rig = request.param(request)
    yield rig
    rig.headset.close()


def worn_stage(stage: BuildStage, rig: Rig, stylizer: ScriptedStylizer, **options: Any) -> Stage:
    return stage(
        ScriptedSource(10**6),
        stylizer,
        headset=rig.headset,
        clock=rig.clock,
        wear=lambda h, c: FailoverHeadset(h, c),
        **options,
    )


def middle(rig: Rig) -> tuple[int, int, int]:
    picture = rig.read_eye(0)
    red, green, blue = (int(v) for v in picture[picture.shape[0] // 2, picture.shape[1] // 2])
    return red, green, blue


def with_fresh_pairs(s: Stage, act: Callable[[int], None]) -> Callable[[int], None]:
    """`act` after each frame that shows a painted pair, and then the wait for the next one: one frame, one pass."""

    def each(now_ns: int) -> None:
        if s.monitor.records().submitted[-1].painted_seq is not None:
            act(now_ns)
        eventually(lambda: s.session.quit or not s.pipeline.painted.empty)

    return each


def test_a_style_from_the_controller_is_in_the_first_frame_painted_after_the_press(stage: BuildStage, rig: Rig) -> None:
    stylizer = Telling()
    s = worn_stage(stage, rig, stylizer)
    rows = [style.row for style in s.controls.palette.pack.styles]
    shown: list[tuple[int, int, int]] = []
    begun: list[int] = []  # passes begun when the n-th press had been acted on
    pressed = [0]

    def act(now_ns: int) -> None:
        if len(shown) > 2 and len(shown) % 8 == 0 and len(begun) == pressed[0] < 5:
            rig.press("next-style")
            pressed[0] += 1
        if (index := s.controls.palette.index) != len(begun) % len(rows):
            begun.append(len(stylizer.passes))
            assert index == len(begun) % len(rows)
        shown.append(middle(rig))
        s.session.quit = len(begun) == 5 and len(shown) > 8 * 7

    summary = s.session.run(each_frame=with_fresh_pairs(s, act))
    assert len(begun) == 5
    painted = [(green, red // 50) for red, green, _ in shown]
    numbers = [number for number, _ in painted]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "each pass is in one frame, in the next one"
    for number, row in painted:
        certain = sum(number > first + 1 for first in begun)  # begun after the press
        possible = sum(number > first for first in begun)  # the pass that was just being begun at the press
        assert row in {rows[certain % len(rows)], rows[possible % len(rows)]}
    assert summary["submitted"] >= len(shown)
    rig.check_none_missed(summary)


def test_a_crossfade_is_smooth_in_what_the_eye_is_given(stage: BuildStage, rig: Rig) -> None:
    s = worn_stage(stage, rig, Telling(), crossfade_s=1.0)
    first_rows_weight: list[int] = []

    def act(now_ns: int) -> None:
        first_rows_weight.append(middle(rig)[2])
        if len(first_rows_weight) == 10:
            rig.press("next-style")
        s.session.quit = len(first_rows_weight) > 10 + 4 / 3 * rig.headset.refresh_hz

    summary = s.session.run(each_frame=with_fresh_pairs(s, act))
    seen = np.array(first_rows_weight)
    assert seen[0] == 255 and seen[-1] == 0
    steps = -np.diff(seen)
    steepest = 1.5 * 255 / rig.headset.refresh_hz  # from one frame to the next, of a fade of one second
    assert steps.min() >= 0 and steps.max() <= 2 * steepest + 2
    assert (steps > 0).sum() > 0.4 * rig.headset.refresh_hz, "a pass may begin before or after a frame: in no few jumps"
    rig.check_none_missed(summary)


def test_a_changed_style_is_felt_and_named_and_other_buttons_are_not_felt(
    stage: BuildStage, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = worn_stage(stage, rig, Telling())
    named: list[str] = []
    show_banner = s.hud.show_banner

    def noted(title: str, now_ns: int, lines: Sequence[str] = ()) -> None:
        named.append(title)
        show_banner(title, now_ns)

    monkeypatch.setattr(s.hud, "show_banner", noted)
    palette = s.controls.palette
    titles = [style.title for style in palette.pack.styles]
    presses: list[tuple[str, Callable[[], bool]]] = [  # and what each brings about
        ("next-style", lambda: palette.index == 1),
        ("previous-style", lambda: palette.index == 0),
        ("hud", lambda: s.controls.hud),
        ("next-style", lambda: palette.index == 1),
    ]
    pressed_at: list[int] = []
    frames = [0]

    def act(now_ns: int) -> None:
        frames[0] += 1
        if frames[0] < (pressed_at[-1] if pressed_at else 0) + 5:
            return
        if all(done() for _, done in presses[: len(pressed_at)][-1:]):
            s.session.quit = len(pressed_at) == len(presses)
            if not s.session.quit:
                rig.press(presses[len(pressed_at)][0])
                pressed_at.append(frames[0])

    s.session.run(each_frame=with_fresh_pairs(s, act))
    assert named[:2] == [titles[1], titles[0]]
    assert rig.ticks() == 3


def test_the_styles_name_is_seen_in_both_eyes(stage: BuildStage, rig: Rig) -> None:
    s = worn_stage(stage, rig, Telling())
    pictures: dict[int, list[np.ndarray]] = {}
    frames = [0]

    def act(now_ns: int) -> None:
        frames[0] += 1
        if frames[0] in (8, 40):
            pictures[frames[0]] = [rig.read_eye(eye).copy() for eye in (0, 1)]
        if frames[0] == 10:
            s.session.do(Call("style", 1))  # the same style again: nothing but its name is new
        s.session.quit = frames[0] > 40

    s.session.run(each_frame=with_fresh_pairs(s, act))
    for eye in (0, 1):
        before, with_name = (pictures[n][eye].astype(int) for n in (8, 40))
        changed = np.abs(with_name[..., 0] - before[..., 0]) > 40
        rows, columns = np.nonzero(changed)
        assert changed.sum() > 30, "the banner"
        assert rows.max() < before.shape[0] // 2, "above the middle"
        assert columns.min() > 0 and columns.max() < before.shape[1] - 1, "wholly in sight"
