"""One session: draws painted pairs at the headset's rate, independently of the network's rate."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.hud import Hud
from allaprima.app.compositor.trims import KeptTrims
from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.commands import Call
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import StereoFrame, StyledFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.depth.safety import SafetyView
from allaprima.app.headset.capture_pose import CapturePose
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import HeadsetFrame
from allaprima.app.headset.motion import Following
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.audience import Audience
from allaprima.app.live.controls import Controls
from allaprima.app.live.depth_view import DepthView
from allaprima.app.live.effects import Effect
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.slowness import Slowness

_LOG = logging.getLogger(__name__)

_HUD_PERIOD_NS = NS // 2
_STANDBY_AFTER_NS = 3 * NS  # opening the runtime's menu takes less
_STANDBY_PERIOD_NS = NS // 2  # of the mirror, so that a moved or uncovered window is redrawn
_SWITCH_INTERVAL_S = 0.0005  # the default 5 ms lets a busy thread hold up the one that draws


class Session:
    """Owns only the loop: the caller closes the parts. `run` is called in the GL context's thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        compositor: Compositor,
        headset: FailoverHeadset,
        hud: Hud,
        audience: Audience,
        controls: Controls,
        monitor: LatencyMonitor,
        clock: Clock,
        notices: Latest[str],
        motion: Following | None = None,
        camera_delay_ns: int = 0,
        trims: KeptTrims | None = None,
        safety: SafetyView | None = None,
    ) -> None:
        """`notices` are texts shown to the wearer for a moment; any part may add one.

        `motion` gets the head poses of the frames if a simulated head follows its source. `camera_delay_ns` is the
        time from a frame's exposure to its stamp. `trims` saves trims; with None they are lost. `safety`
        shows the plain view when something is near.
        """
        self._pipeline, self._compositor, self._headset, self._hud = pipeline, compositor, headset, hud
        self._audience, self._controls, self._monitor, self._clock = audience, controls, monitor, clock
        self.quit = False
        """True ends the session after the present frame; set from any thread, or by ctrl-C."""
        self._notices = notices
        self._for_audience: list[Effect] = []  # the audience carries these out after a frame was drawn
        self._motion, self._poses, self._trims = motion, CapturePose(camera_delay_ns), trims
        if pipeline.live:
            pipeline.head_at = self._poses.remembered
        self._styled: StyledFrame | None = None
        self._shown: StereoFrame | None = None  # whose plain pixels are uploaded
        self._followed: StereoFrame | None = None  # the pair whose head pose `motion` got last
        self._hud_due_ns = 0
        self._status = ""  # of the cameras, as last shown to the wearer
        self._depth = DepthView(pipeline.depth, compositor, notices, safety)
        self._tracked = True
        self._looked_ns = clock.now_ns()  # when the wearer last looked, as far as known
        self._standby_ns = self._standby_since_ns = self._standby_due_ns = 0
        self._slowness = Slowness()
        self._unseen = 0  # painted pairs that were not shown, because the plain view was on

    def run(self, seconds: float | None = None, each_frame: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Run until the source ends, `seconds` have passed, or the user quits. Returns the monitor's summary.

        `each_frame(now_ns)` is called after every headset frame, in the GL context's thread.

        If the network fails while somebody can see the view, the plain view goes on, and its error is raised at the
        end. A source's error is raised at once, and so is the loss of a headset without a stand-in.
        """
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        try:
            self._pipeline.warm_up()
            self._one_frame()  # a waiting picture; compiles the shaders before any deadline
            before = self._headset.timing()
            self._monitor.dropped("headset", before.dropped)
            self._monitor.reset()
            self._pipeline.start()
            self._loop(seconds, each_frame)
        except BaseException:
            with suppress(AllaPrimaError):  # only the first error is reported
                self._pipeline.stop()
            raise
        finally:
            sys.setswitchinterval(interval)
            self._keep_trims(at_once=True)
        self._pipeline.stop()
        self._count_drops()
        if self._pipeline.paused:
            self._standby_ns += self._clock.now_ns() - self._standby_since_ns
        timing = asdict(self._headset.timing())
        for name in ("submitted", "dropped", "reprojected"):
            timing[name] -= getattr(before, name)
        return self._monitor.summary() | {
            **self._depth.summary(),
            "headset_timing": {"runtime": self._headset.runtime, **timing, "lost": self._headset.losses},
            "standby_s": round(self._standby_ns / NS, 3),
        }

    def _loop(self, seconds: float | None, each_frame: Callable[[int], None] | None) -> None:
        start_ns = self._clock.now_ns()
        while not self.quit:
            drawn = self._one_frame()
            self._obey()
            if drawn:
                effects, self._for_audience = self._for_audience, []
                self._audience.show(*drawn, self._controls, effects)
            if each_frame:
                each_frame(self._clock.now_ns())
            if self._pipeline.finished or self._pipeline.fault:
                if self._pipeline.fault and self._audience.watched and self._pipeline.capturing:
                    self._notices.put("the network failed: unpainted")
                else:
                    break
            if seconds is not None and self._clock.now_ns() - start_ns >= seconds * NS:
                break
        if self._pipeline.fault:
            raise self._pipeline.fault

    def _one_frame(self) -> tuple[HeadsetFrame, Pose | None] | None:
        """Draw the wearer's frame. Returns the frame, and the head's pose at capture of the drawn picture; None if
        nothing was drawn because the headset is not worn.
        """
        frame = self._headset.wait_frame()
        self._tell_news()
        if self._asleep(frame):
            for eye in (0, 1):
                self._headset.eye_framebuffer(eye)
            self._headset.submit(frame)
            shown = self._styled.source.seq if self._styled else None
            self._monitor.submitted(frame.index, self._clock.now_ns(), shown, None)
            return None
        self._follow(frame)
        fresh = self._pipeline.painted.take()
        if fresh:
            self._compositor.upload(fresh.pixels, None, fresh.matte)
            self._styled = fresh
            self._carry_out(self._controls.follow(fresh.source.recorded_ns))
        stamps = fresh.stamps.at("uploaded", self._clock.now_ns()) if fresh else None
        share = self._depth.plain_share(frame.head if frame.tracked else None, self._clock.now_ns())
        plain = share >= 1 or self._controls.plain or self._controls.held_plain or self._pipeline.fault is not None
        keep_colour = self._controls.keep_colour
        source = self._source(plain, share)
        at_capture = self._poses.of(source, self._headset) if source and frame.tracked else None
        self._depth.give(source, at_capture)
        now = self._clock.now_ns()
        self._letter(now)
        self._compositor.trims = self._controls.trims
        for eye, view in enumerate(frame.views):
            target, size = self._headset.eye_framebuffer(eye), self._headset.eye_size
            self._compositor.draw_eye(eye, target, size, view, frame.head, at_capture, plain, keep_colour, share)
            self._hud.draw_eye(target, size, view, now)
        drawn_ns = self._clock.now_ns()
        self._headset.submit(frame)
        now = self._clock.now_ns()
        if fresh and plain:
            self._unseen += 1
        elif fresh and stamps:
            stamps = stamps.at("drawn", drawn_ns).at("submitted", now)
            self._monitor.styled(stamps, fresh.source.seq, fresh.stroke_size, fresh.source.held is not None)
        painted = self._styled.source if self._styled and not plain else None
        taken_ns = source.t_ns if source and not self._pipeline.paused else None  # in standby its age does not count
        self._monitor.submitted(frame.index, now, painted.seq if painted else None, taken_ns)
        return frame, at_capture

    def _source(self, plain: bool, share: float) -> StereoFrame | None:
        """The pair to draw, painted or not; uploads the plain pair if any of it is visible, such as its `share`."""
        painted = self._styled.source if self._styled else None
        source = self._pipeline.newest if plain and not self._pipeline.still else painted
        seen = max(share, self._controls.keep_colour) > 0
        wanted = plain or seen or self._audience.wants_plain or self._needs_camera()
        if wanted and source is not None and source is not self._shown:
            self._compositor.upload(None, source)
            self._shown = source
        return source

    def _needs_camera(self) -> bool:
        """Whether the painting takes its outlines, or parts of the view, from the pair it was painted from."""
        styled = self._styled
        return styled is not None and (
            styled.matte is not None or self._compositor.guides(styled.size, styled.source.size)
        )

    def _tell_news(self) -> None:
        """Report a lost or recovered headset in the log and in the picture. The video is completed there."""
        for message, hint in self._headset.news():
            self._poses.forget()
            self._controls.held_plain = False
            self._hud_due_ns = 0
            self._say(message + (f" ({hint})" if hint else ""))
            try:
                for file in self._audience.finish():
                    self._say(f"{file} holds what was shown until then")
            except AllaPrimaError as error:
                self._say(error.message)
            self._notices.put(message)

    def _asleep(self, frame: HeadsetFrame) -> bool:
        """Whether to skip this frame: in standby nothing is painted, and the mirror is drawn seldom."""
        now = self._clock.now_ns()
        if frame.visible:
            self._looked_ns = now
        standby = now - self._looked_ns >= _STANDBY_AFTER_NS
        if standby != self._pipeline.paused:
            self._hud_due_ns = 0
            if standby:
                self._standby_since_ns = now
                self._pipeline.pause()
            else:
                self._standby_ns += now - self._standby_since_ns
                self._pipeline.resume()
        if not standby or now >= self._standby_due_ns:
            self._standby_due_ns = now + _STANDBY_PERIOD_NS
            return False
        return True

    def _follow(self, frame: HeadsetFrame) -> None:
        """Remember the head's pose now, for the time when the pictures of this moment have been painted."""
        if frame.tracked != self._tracked:
            self._tracked, self._hud_due_ns = frame.tracked, 0
            self._poses.forget()
            if not frame.tracked and self._notices.empty:
                self._notices.put("tracking lost")
        if frame.tracked:
            self._poses.remember(frame)
        newest = self._pipeline.newest
        if self._motion and newest and newest.head_pose and newest is not self._followed:
            self._motion.tell(newest.t_ns, newest.head_pose)
            self._followed = newest

    def _letter(self, now: int) -> None:
        """Bring the HUD's text up to date, twice a second."""
        status = self._pipeline.status
        reported = [*self._audience.recording, *([status] if status else [])]
        if self._pipeline.paused:
            reported.append("the headset is not worn")
        self._hud.visible = not self._controls.help and (self._controls.hud or not self._tracked or bool(reported))
        self._hud.dimmed = not self._tracked
        if failure := self._pipeline.networks.failure():
            self._notices.put(failure)
        if status != self._status:
            self._status, self._hud_due_ns = status, now
            if status:
                self._notices.put(status)
        if notice := self._notices.take():
            self._hud.show_banner(notice, now)
            self._audience.said(notice)
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
        if slow := self._slowness.look(live.pairs_per_s if self._hurries() else None, now):
            self._say(slow)
        depth = self._depth.lines(now)
        lines = [figures, *depth, *reported] if self._controls.hud else reported
        title = self._controls.palette.label
        self._hud.set_status(*((title, lines) if self._tracked else ("tracking lost", [title])))

    def _hurries(self) -> bool:
        """Whether the machine paints as fast as it can: more pairs arrive than that, and somebody looks."""
        pipeline, controls = self._pipeline, self._controls
        idle = pipeline.paused or pipeline.frozen or pipeline.finished or pipeline.fault or pipeline.silence_s()
        plain = controls.plain or controls.held_plain
        return not idle and not plain and pipeline.captured.dropped > pipeline.count // 10

    def _count_drops(self) -> None:
        """After the pipeline has stopped, count what is left in a mailbox as lost: it came too late."""
        captured, painted = self._pipeline.captured, self._pipeline.painted
        self._monitor.dropped("pairing", self._pipeline.unpaired)
        self._monitor.dropped("capture_to_stylize", captured.dropped + (not captured.empty))
        self._monitor.dropped("stylize_to_compositor", painted.dropped + (not painted.empty) + self._unseen)
        self._monitor.dropped("headset", self._headset.timing().dropped)
        self._monitor.dropped("recorder", self._audience.dropped)

    def do(self, call: Call | str) -> None:
        """Carry out a command, given itself or by name, in the session's thread."""
        self._carry_out(self._controls.do(call))

    def _obey(self) -> None:
        """Carry out the commands of wearer and audience; a haptic tick confirms the wearer's change of style."""
        for name in self._headset.poll_actions():
            style = self._controls.palette.label
            self.do(name)
            if self._controls.palette.label != style:
                self._headset.tick()
        for call in self._audience.poll():
            self.do(call)
        self._keep_trims()

    def _carry_out(self, effect: Effect | str | None) -> None:
        match effect:
            case None:
                pass
            case Effect.QUIT:
                self.quit = True
            case str():
                self._notices.put(effect)
            case Effect.RECENTRE:
                self._headset.recentre()
                self._poses.forget()
                self._notices.put("recentred")
            case _:
                self._for_audience.append(effect)

    def _keep_trims(self, at_once: bool = False) -> None:
        try:
            if self._trims and self._trims.update(self._controls.trims, self._clock.now_ns(), at_once):
                self._notices.put("trims saved")
        except AllaPrimaError as error:
            self._notices.put(error.message)
            self._say(error.message)

    def _say(self, message: str) -> None:
        _LOG.warning("%s", message)
