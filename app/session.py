"""One session: draws what is painted at the headset's rate, whatever the network does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from allaprima.app.audience import Audience
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.hud import Hud
from allaprima.app.controls import Controls
from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import StereoFrame, StyledFrame
from allaprima.app.core.pose import Pose
from allaprima.app.headset.headset import Headset, HeadsetFrame
from allaprima.app.headset.motion import Following
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.pipeline import Pipeline

_HUD_PERIOD_NS = NS // 2
_SWITCH_INTERVAL_S = 0.0005  # the default 5 ms lets a busy thread hold up the one that draws


class Session:
    """Owns nothing but the loop: whoever made the parts closes them. `run` is called from the GL context's thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        compositor: Compositor,
        headset: Headset,
        hud: Hud,
        audience: Audience,
        controls: Controls,
        monitor: LatencyMonitor,
        clock: Clock,
        motion: Following | None = None,
        camera_delay_ns: int = 0,
    ) -> None:
        """`motion` is told the head poses that come with the frames, where a simulated head follows its source.
        `camera_delay_ns`: how long before its stamp a frame was exposed.
        """
        self._pipeline, self._compositor, self._headset, self._hud = pipeline, compositor, headset, hud
        self._audience, self._controls, self._monitor, self._clock = audience, controls, monitor, clock
        self._motion, self._camera_delay_ns = motion, camera_delay_ns
        self._styled: StyledFrame | None = None
        self._shown: StereoFrame | None = None  # whose plain pixels are uploaded
        self._told: StereoFrame | None = None  # whose head pose `motion` was told last
        self._hud_due_ns = 0
        self._unseen = 0  # painted pairs that no eye saw, the plain view being up

    def run(self, seconds: float | None = None, each_frame: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Until the source ends, `seconds` have passed, or somebody quits. Returns the monitor's summary.

        `each_frame(now_ns)` is called after every headset frame, in the GL context's thread.

        A broken network leaves the plain view running where there is somebody to see it; its error is raised at the
        end. A broken source, or a lost headset, is raised at once.
        """
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        try:
            self._pipeline.warm_up()
            self._one_frame()  # a waiting picture; compiles the shaders before there is anything to be late with
            self._monitor.dropped("headset", self._headset.timing().dropped)
            self._monitor.reset()
            self._pipeline.start()
            self._loop(seconds, each_frame)
        except BaseException:
            with suppress(AllaPrimaError):  # the first error is the one to tell
                self._pipeline.stop()
            raise
        finally:
            sys.setswitchinterval(interval)
        self._pipeline.stop()
        self._count_drops()
        return self._monitor.summary()

    def _loop(self, seconds: float | None, each_frame: Callable[[int], None] | None) -> None:
        start_ns = self._clock.now_ns()
        while not self._controls.quit:
            self._show(*self._one_frame())
            if each_frame:
                each_frame(self._clock.now_ns())
            if self._pipeline.finished or self._pipeline.fault:
                if self._pipeline.fault and self._audience.watched and self._pipeline.capturing:
                    self._controls.notice = "the network failed: unpainted"
                else:
                    break
            if seconds is not None and self._clock.now_ns() - start_ns >= seconds * NS:
                break
        if self._pipeline.fault:
            raise self._pipeline.fault

    def _one_frame(self) -> tuple[HeadsetFrame, Pose | None]:
        """The wearer's turn. Returns what was drawn, and where the head was when that picture was taken."""
        frame = self._headset.wait_frame()
        fresh = self._pipeline.painted.take()
        if fresh:
            self._compositor.upload(fresh.pixels, None)
            self._styled = fresh
        stamps = fresh.stamps.at("uploaded", self._clock.now_ns()) if fresh else None
        plain = self._controls.plain or self._controls.held_plain or self._pipeline.fault is not None
        keep_colour = self._controls.keep_colour
        source = self._source(plain)
        at_capture = self._at_capture(source)
        now = self._clock.now_ns()
        self._letter(now)
        for eye, view in enumerate(frame.views):
            target, size = self._headset.eye_framebuffer(eye), self._headset.eye_size
            self._compositor.draw_eye(eye, target, size, view, frame.head, at_capture, plain, keep_colour)
            self._hud.draw_eye(target, size, view, now)
        drawn_ns = self._clock.now_ns()
        self._headset.submit(frame)
        now = self._clock.now_ns()
        if fresh and plain:
            self._unseen += 1
        elif fresh and stamps:
            stamps = stamps.at("drawn", drawn_ns).at("submitted", now)
            self._monitor.styled(stamps, fresh.source.seq, fresh.stroke_size)
        painted = self._styled.source if self._styled and not plain else None
        self._monitor.submitted(frame.index, now, painted.seq if painted else None, source.t_ns if source else None)
        return frame, at_capture

    def _source(self, plain: bool) -> StereoFrame | None:
        """The pair whose picture, painted or not, is to be drawn; uploads the plain one where any of it is seen."""
        painted = self._styled.source if self._styled else None
        source = self._pipeline.newest if plain and not self._pipeline.frozen else painted
        wanted = plain or self._audience.wants_plain or self._controls.keep_colour > 0 or self._guided()
        if wanted and source is not None and source is not self._shown:
            self._compositor.upload(None, source)
            self._shown = source
        return source

    def _guided(self) -> bool:
        """The painting gets its outlines from the pair that it was painted from."""
        styled = self._styled
        return styled is not None and self._compositor.guides(styled.size, styled.source.size)

    def _at_capture(self, source: StereoFrame | None) -> Pose | None:
        """Where the head was when the picture was taken: from the frame itself, else from the headset's history."""
        newest = self._pipeline.newest
        if self._motion and newest and newest.head_pose and newest is not self._told:
            self._motion.tell(newest.t_ns, newest.head_pose)
            self._told = newest
        if source is None:
            return None
        return source.head_pose or self._headset.pose_at(source.t_ns - self._camera_delay_ns)

    def _letter(self, now: int) -> None:
        """Bring the HUD's text up to date, twice a second."""
        self._hud.visible = self._controls.hud
        self._controls.notice = self._pipeline.brushes.failure() or self._controls.notice
        if self._controls.notice:
            self._hud.show_banner(self._controls.notice, now)
            self._controls.notice = ""
        if now < self._hud_due_ns:
            return
        self._hud_due_ns = now + _HUD_PERIOD_NS
        live = self._monitor.live()
        figures = f"{live.pairs_per_s:.0f} pairs/s   {live.submitted_per_s:.0f} frames/s"
        if live.added_ms is not None:
            figures += f"   {live.added_ms:.0f} ms"
        if self._pipeline.governor:
            figures += f"   at {self._pipeline.governor.scale:.0%}"
        if (silence_s := self._pipeline.silence_s()) is not None:
            figures = f"no new picture for {silence_s:.0f} s"
        self._hud.set_status(self._controls.palette.label, [figures])

    def _count_drops(self) -> None:
        """After the pipeline has stopped: what still lies in a mailbox came too late, and is lost too."""
        captured, painted = self._pipeline.captured, self._pipeline.painted
        self._monitor.dropped("capture_to_stylize", captured.dropped + (not captured.empty))
        self._monitor.dropped("stylize_to_compositor", painted.dropped + (not painted.empty) + self._unseen)
        self._monitor.dropped("headset", self._headset.timing().dropped)
        self._monitor.dropped("recorder", self._audience.dropped)

    def _show(self, frame: HeadsetFrame, at_capture: Pose | None) -> None:
        """The audience's turn, after the wearer's."""
        for action in (*self._headset.poll_actions(), *self._audience.poll()):
            self._controls.do(action)
        if self._controls.recentre:
            self._controls.recentre = False
            self._headset.recentre()
        self._audience.show(frame, at_capture, self._controls)
