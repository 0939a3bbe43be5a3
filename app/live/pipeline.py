"""From the source to painted pairs, in two threads that never block others."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from allaprima.app.canvas.canvas import Canvas, Field
from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError, EngineError, SourceEnded, Stalled
from allaprima.app.core.frame import Painted, Pixels, StereoFrame, StyledFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.worker import Worker
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.feed import DepthFeed
from allaprima.app.matte.distances import Distances
from allaprima.app.matte.matte import Coefficients
from allaprima.app.matte.zones import composed
from allaprima.app.sources.source import LiveSource, StereoSource
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.network_cache import LoadedNetwork, NetworkCache
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.reenactment import Reenactment
from allaprima.app.stylize.zoning import ZoneStyles

T = TypeVar("T")

_WAIT_S = 0.1  # how long a thread waits before it looks whether it should stop
_SILENCE_S = 1.0  # a longer silence of the source is shown to the wearer
_JOIN_S = 10.0  # far longer than a network's pass or a frame's decoding


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """How a pair is painted."""

    weights: Weights
    network: LoadedNetwork
    impasto: float
    strength: float
    near_m: float
    far_m: float
    label: str

    def paints_like(self, other: "_Choice") -> bool:
        kinds = [(one.network, one.impasto, one.strength, one.near_m, one.far_m) for one in (self, other)]
        return np.array_equal(self.weights, other.weights) and kinds[0] == kinds[1]


class Pipeline:
    """`source` thread -> newest pair -> `stylize` thread -> newest painted pair, in `painted`.

    A newer pair of a live source overwrites an older one. A source without a rate (`rate_hz` None) is read only as
    fast as its pairs are painted and taken, so that none is lost. `painted` closes after the source's last pair, or
    after `pairs` pairs.
    """

    def __init__(
        self,
        source: StereoSource,
        networks: NetworkCache,
        palette: Palette,
        clock: Clock,
        pairs: int | None = None,
        governor: Governor | None = None,
        canvas: Canvas | None = None,
        depth: DepthFeed | None = None,
        zone_styles: ZoneStyles | None = None,
    ) -> None:
        """`governor` reduces the networks' size until they hold its rate; None keeps the requested size. `canvas` gives
        the canvas of each pair, if the network takes one. `depth` is told the pairs, started and stopped; `zone_styles`
        are the styles of what is near and far.
        """
        self.depth = depth
        self.networks = networks
        self.governor = governor
        self.painted: Latest[StyledFrame] = Latest()
        self.captured: Latest[StereoFrame] = Latest()
        self.newest: StereoFrame | None = None
        """The pair captured last, for showing the plain view while nothing is painted."""
        self.on_captured: Callable[[StereoFrame], None] | None = None
        """Called in the source's thread with every pair, before any is dropped; must not block."""
        self.on_painted: Callable[[StyledFrame], None] | None = None
        """Called in the stylize thread with every painted pair, in their order."""
        self.count = 0
        """Pairs painted."""
        self.frozen = False
        """True repeats the same pair; set from any thread."""
        self.reenactment: Reenactment | None = None
        """The recorded choices of the wearer, with which each pair is painted; None: the present palette and networks.
        Set from any thread."""
        self.impasto = 1.0
        """Strength of the canvas, 0 to `MAX_IMPASTO`: the strength of strokes in plain areas. Set from any thread."""
        self.near_m = self.far_m = 0.0
        """What is nearer, or farther, is unpainted or has a style of its own; 0 is nothing. Set from any thread."""
        self.head_at: Callable[[StereoFrame], Pose | None] = lambda frame: frame.head_pose
        """The head's pose at the capture of a pair, None if unknown; called in the stylize thread."""
        self.misshapen = 0
        """Pairs that were dropped because their size is not the source's."""
        self._source, self._palette, self._clock, self._pairs = source, palette, clock, pairs
        self._canvas = canvas
        self._live = source if isinstance(source, LiveSource) else None
        self._awake = threading.Event()
        self._awake.set()
        self._woken_ns = 0
        self._before: StereoFrame | None = None  # the last pair that was not frozen when it was recorded
        self._held = False
        self._patience_s = max(_SILENCE_S, 3 / source.rate_hz) if source.rate_hz else _SILENCE_S
        self._last: tuple[StereoFrame, _Choice] | None = None  # the last painted input
        self.zone_styles = zone_styles or ZoneStyles()
        self._zoned: tuple[Pixels, Depth | None] | None = None  # a pair in zones, and its depth: frozen, it keeps that
        self._stop = threading.Event()
        self._capture = Worker("source", self._read, self._stop, self.captured.close)
        self._paint = Worker("stylize", self._style, self._stop, self.painted.close)

    def warm_up(self) -> None:
        """Run the network once, so that the first pair does not wait for an engine's one-time work."""
        with _engine_errors(network := self.networks.pick_up()):
            network.warm_up(self._palette.weights(self._clock.now_ns()))

    def start(self) -> None:
        if self.depth:
            self.depth.start(lambda pair: self.head_at(pair))
        self._capture.start()
        self._paint.start()

    @property
    def paused(self) -> bool:
        return not self._awake.is_set()

    def pause(self) -> None:
        """Read and paint nothing until `resume`; both threads sleep."""
        self._awake.clear()

    def resume(self) -> None:
        """Continue at once, with a new pair if the source is live."""
        if self._source.rate_hz is not None:
            self.captured.take()
        self._woken_ns = self._clock.now_ns()
        self._awake.set()

    @property
    def still(self) -> bool:
        """Whether the same pair is painted repeatedly: frozen now, or frozen in the recording."""
        return self.frozen or self._held

    @property
    def finished(self) -> bool:
        """Whether painting has ended and all painted pairs were taken."""
        return self.painted.closed and self.painted.empty

    def silence_s(self) -> float | None:
        """Seconds since the last pair, if that is longer than the source's rate explains; else None."""
        if self.newest is None or not self.capturing or self.paused:
            return None
        silence_s = (self._clock.now_ns() - max(self.newest.t_ns, self._woken_ns)) / NS
        return silence_s if silence_s > self._patience_s else None

    @property
    def status(self) -> str:
        """The cameras' fault, as a text for the wearer; empty if there is none."""
        return self._live.status if self._live and self.capturing else ""

    @property
    def live(self) -> bool:
        """Whether the pairs come from cameras on the wearer's head."""
        return self._live is not None

    @property
    def unpaired(self) -> int:
        """Frames that the source captured but that became no pair."""
        counts = self._live.statistics() if self._live else {}
        return self.misshapen + int(counts.get("unpaired", 0) + counts.get("overtaken", 0))

    @property
    def capturing(self) -> bool:
        """True while pairs may still come from the source."""
        return self._capture.running

    @property
    def fault(self) -> BaseException | None:
        """The error that ended a thread. If it was the network's, captured pairs may still arrive."""
        return self._paint.error or self._capture.error

    def stop(self) -> None:
        """Stop and join all threads and close the source. Raises `AllaPrimaError` if a thread does not end."""
        self._stop.set()
        self._source.close()
        stuck = sum(not worker.join(_JOIN_S) for worker in (self._capture, self._paint))
        stuck += self.depth is not None and not self.depth.stop()
        if stuck:
            raise AllaPrimaError(f"{stuck} thread(s) did not end within {_JOIN_S:g} s", "end the process by hand")

    def _read(self) -> bool:
        if not self._awake.wait(_WAIT_S):
            return True
        try:
            frame = self._source.read(_WAIT_S)
        except Stalled:
            return True
        except SourceEnded:
            return False
        if frame.size != self._source.size or frame.right.shape != frame.left.shape:
            self.misshapen += 1
            return True
        self.newest = frame
        if self.depth and (self.depth.needed or self.near_m or self.far_m):
            self.depth.tell(frame)
        if self.on_captured:
            self.on_captured(frame)
        return self._hand_over(self.captured, self._as_frozen(frame))

    def _as_frozen(self, frame: StereoFrame) -> StereoFrame:
        """`frame`; if it was frozen when recorded, its stamps with the picture from before the freeze."""
        reenactment = self.reenactment
        self._held = reenactment is not None and reenactment.at(frame.recorded_ns).frozen
        if not self._held or self._before is None:
            self._before = frame
            return frame
        return replace(self._before, seq=frame.seq, stamps=frame.stamps, recorded_ns=frame.recorded_ns)

    @property
    def has_canvas(self) -> bool:
        """Whether the network paints on a canvas, so that `impasto` does something."""
        return self._canvas is not None

    def _choice(self, frame: StereoFrame) -> _Choice:
        reenactment, palette = self.reenactment, self._palette
        if reenactment is None:
            weights, network = palette.weights(self._clock.now_ns()), self.networks.pick_up()
            return _Choice(weights, network, self.impasto, palette.strength, self.near_m, self.far_m, palette.label)
        now = reenactment.at(frame.recorded_ns)
        weights, network = now.weights(frame.recorded_ns or 0), self.networks.fetch(now.stroke_size)
        return _Choice(weights, network, now.impasto, now.strength, now.near_m, now.far_m, now.blend.label)

    def _style(self) -> bool:
        if not self._awake.wait(_WAIT_S):
            return True
        frame = self.captured.take(_WAIT_S)
        last = self._last if self.frozen else None
        if last:
            frame = last[0]
        if frame is None:
            return self._more_to_come()
        choice = self._choice(frame)
        network = choice.network
        if last and choice.paints_like(last[1]):
            return self._more_to_come()  # a frozen picture is still repainted, so that a new style shows
        began_ns = self._clock.now_ns()
        with _engine_errors(network):
            prepared = network.prepare(frame.left, frame.right)
            stamps = frame.stamps.at("prepared", self._clock.now_ns())
            canvas = self._hung(frame, network, choice.impasto)
            pixels = network.paint(prepared, choice.weights, canvas)
            pixels, matte = self._in_zones(
                pixels, frame, choice, lambda weights: network.paint(prepared, weights, canvas)
            )
        now = self._clock.now_ns()
        stamps = stamps.at("inferred", now)
        if self.governor:
            self.networks.ask_scale(self.governor.painted(network, self.networks.asked_scale, now - began_ns, now))
        self._last = (frame, choice)
        self.count += 1
        styled = StyledFrame(pixels, frame, choice.label, stamps, network.stroke_size, matte)
        if self.on_painted:
            self.on_painted(styled)
        going_on = self._hand_over(self.painted, styled)
        return going_on and (self._pairs is None or self.count < self._pairs)

    def _hung(self, frame: StereoFrame, network: LoadedNetwork, impasto: float) -> Field | None:
        """The canvas for painting `frame` by `network`, `impasto` times as strong as usual."""
        if self._canvas is None or not network.stylizer.canvas:
            return None
        field = self._canvas.at(frame, network.stylizer.size, self.head_at(frame), network.stroke_size)
        return field if impasto == 1 else field * np.float32(impasto)

    def _in_zones(
        self, pixels: Painted, frame: StereoFrame, choice: _Choice, paint: Callable[[Weights], Painted]
    ) -> tuple[Painted, Coefficients | None]:
        """`pixels` with what is near and far in its style, and the matte of what is left unpainted. Asks for the depth
        only after `frame` was painted: by then it is that of `frame` itself.
        """
        zones = self.zone_styles.zones(choice.near_m, choice.far_m, len(choice.weights), choice.strength)
        if not zones or self.depth is None:
            return pixels, None
        head = self.head_at(frame)
        if self._zoned is None or self._zoned[0] is not frame.left:
            self._zoned = (frame.left, self.depth.of(frame, head))
        depth = self._zoned[1]
        if depth is None:
            return pixels, None
        return composed(pixels, frame, Distances.of(depth, self._source.rig, head, frame.t_ns), zones, paint)

    def _more_to_come(self) -> bool:
        return not (self.captured.closed and self.captured.empty)

    def _hand_over(self, box: Latest[T], item: T) -> bool:
        """Put `item` into `box`: replaces an untaken item, or, for a source without a rate, waits until that is taken.
        False if the pipeline stops."""
        if self._source.rate_hz is not None:
            box.put(item)
            return True
        while not box.offer(item, _WAIT_S):
            if self._stop.is_set():
                return False
        return True


@contextmanager
def _engine_errors(network: LoadedNetwork) -> Iterator[None]:
    """Raises every error of a network's library as an `EngineError`."""
    try:
        yield
    except AllaPrimaError:
        raise
    except Exception as error:
        raise EngineError(
            f"{network.stylizer.engine} failed while painting: {error}", "try another --engine"
        ) from error
