"""The audience's view: the mirror in a window or offscreen, its screenshots and video, and the web pages' pictures."""

from collections.abc import Sequence
from pathlib import Path

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.hud import DISTANCE_M, Hud
from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.commands import Call
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.view import CameraView, EyeView, StereoRig
from allaprima.app.headset.headset import Headset, HeadsetFrame
from allaprima.app.live.controls import Controls
from allaprima.app.live.effects import Effect
from allaprima.app.live.web_view import WebView
from allaprima.app.mirror.mirror import Layout, Mirror, mirror_size
from allaprima.app.mirror.window import MirrorWindow
from allaprima.app.recording.background import BackgroundSink
from allaprima.app.recording.opening import open_sink
from allaprima.app.recording.recordist import Recordist, State
from allaprima.app.recording.screenshot import save_screenshot

_PERIOD_NS = NS // 30  # an audience sees no difference above that, and the wearer needs the time
_CODE_NS = 30 * NS  # for which the window shows the code of a kept picture
_WEB_HEIGHT = 720  # of an eye, in pixels


class Audience:
    """Draws the mirror after the wearer's frame was submitted, at most 30 times a second, and never blocks."""

    def __init__(
        self,
        headset: Headset,
        compositor: Compositor,
        clock: Clock,
        layout: Layout,
        notices: Latest[str],
        window: MirrorWindow | None = None,
        video: Path | None = None,
        screenshots: Path | None = None,
        hud: Hud | None = None,
        recordist: Recordist | None = None,
        web: WebView | None = None,
    ) -> None:
        """`layout` sets the size of a video. `notices` are texts for the wearer. `screenshots` is a folder, None for
        the user's own. `hud` is the overlay of the headset's eyes, for the view that only the audience sees.
        `recordist` gets the head's pose and the controls, and the eyes if it records them; the caller closes it.
        `web` gets what the web pages show, and gives the operator's commands.
        """
        self.watched = window is not None or web is not None
        """A window or a page is there, so the session should go on after a fault."""
        self._headset, self._compositor, self._clock = headset, compositor, clock
        self._hud, self._recordist, self._notices, self._web = hud, recordist, notices, web
        self._window, self._video_path, self._screenshots = window, video, screenshots
        self._mirror = Mirror()
        width, height = mirror_size(layout, headset.eye_size)
        self._offscreen = Framebuffer(width // 2 * 2, height // 2 * 2)  # video codecs want even sides
        self._plain: Framebuffer | None = None
        self._framed: dict[str, Framebuffer] = {}  # what is drawn for others than the window and the video
        self._video = BackgroundSink(open_sink(video, self._offscreen.size, 30)) if video else None
        self._files: list[Path] = []
        self._dropped = 0  # by finished videos
        self._fault_told = False
        self._due_ns = 0
        self._code_until_ns = 0
        self._aim = (0.5, 0.5)
        self._layout = layout

    @property
    def wants_plain(self) -> bool:
        """True while the layout also shows the unpainted view."""
        return self._layout == "before-after"

    @property
    def dropped(self) -> int:
        """Frames of the video and pairs of recordings that were lost because an encoder was too slow."""
        lost = self._recordist.dropped if self._recordist else 0
        return self._dropped + lost + (self._video.dropped if self._video else 0)

    @property
    def recording(self) -> list[str]:
        """A line for the HUD while something is recorded."""
        return [self._recordist.status] if self._recordist and self._recordist.recording else []

    def poll(self) -> list[Call]:
        """Keys pressed in the window since the last call, where closing it means quit; then the web pages' commands."""
        keys = self._window.poll() if self._window else []
        return keys + (self._web.poll() if self._web else [])

    def said(self, notice: str) -> None:
        """Tell the operator's page what the wearer is told."""
        if self._web:
            self._web.said = notice

    def show(
        self, frame: HeadsetFrame, at_capture: Pose | None, controls: Controls, effects: Sequence[Effect] = ()
    ) -> None:
        """Carry out `effects` (such as a screenshot), then draw what `frame` showed if a frame of the mirror is due."""
        self._layout = controls.layout
        self._aim = (_aim(frame.views[0]), _aim(frame.views[1]))
        for effect in effects:
            self._carry_out(effect)
        now = self._clock.now_ns()
        if self._recordist:
            self._tell(self._recordist, frame, controls, now)
        if self._web:
            self._web.tell(controls, " ".join(self.recording))
            if views := self._web.wanted():
                self._web.show({view: self._framed_eyes("web " + view, view, _WEB_HEIGHT) for view in views})
        eyes_recorded = bool(self._recordist and self._recordist.recording and self._recordist.painted)
        if now < self._due_ns or not (self._window or self._video or eyes_recorded):
            return
        self._due_ns = max(self._due_ns + _PERIOD_NS, now)
        if self.wants_plain:
            self._draw_plain(frame, at_capture, now)
        if self._recordist and eyes_recorded:
            self._record_eyes(self._recordist, frame)
        if self._window:
            self._draw(0, self._window.framebuffer_size, controls.help)
            if now < self._code_until_ns:
                self._mirror.draw_code(0, self._window.framebuffer_size)
            self._window.swap()
        if self._video:
            self._draw(self._offscreen.handle, self._offscreen.size, controls.help)
            self._video.write(self._offscreen.read_rgb(), now)
            if self._video.fault and not self._fault_told:
                self._fault_told = True
                self._notices.put("the video cannot be written any more")

    def picture(self) -> Pixels:
        """(H, W, 3) RGB of the mirror now, in the layout's own size."""
        self._draw(self._offscreen.handle, self._offscreen.size)
        return self._offscreen.read_rgb()

    def finish(self) -> list[Path]:
        """Complete the video and return the written files; the same again if called twice. Uses no GL, so that a
        watchdog may call it from its own thread. Raises `RecordingError`.
        """
        if self._video and self._video_path:
            video, self._video = self._video, None
            self._dropped += video.dropped
            video.close()
            self._files += [self._video_path] if video.count else []
        return list(self._files)

    def close(self) -> None:
        """Free everything; deletes an unfinished video. Idempotent."""
        if self._video:
            self._video.abort()
            self._video = None
        for thing in (self._mirror, self._offscreen, self._plain, *self._framed.values()):
            if thing:
                thing.close()

    def _draw(self, framebuffer: int, size: tuple[int, int], page: int = 0) -> None:
        eyes = (self._headset.eye_texture(0), self._headset.eye_texture(1))
        plain = self._plain.texture.handle if self._plain and self.wants_plain else None
        self._mirror.draw(framebuffer, size, self._layout, eyes, self._headset.eye_size, plain, self._aim)
        if page:
            self._mirror.draw_help(framebuffer, size, page)

    def _draw_plain(self, frame: HeadsetFrame, at_capture: Pose | None, now: int) -> None:
        """The left eye, unpainted."""
        size = self._headset.eye_size
        if self._plain and self._plain.size != size:  # another headset
            self._plain.close()
            self._plain = None
        self._plain = self._plain or Framebuffer(*size)
        self._compositor.draw_eye(0, self._plain.handle, size, frame.views[0], frame.head, at_capture, plain=True)
        if self._hud:
            self._hud.draw_eye(self._plain.handle, size, frame.views[0], now)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Effect.SCREENSHOT:
                try:
                    self._notices.put(f"saved {save_screenshot(self._both_eyes(), self._screenshots).name}")
                except RecordingError as error:  # a full disk does not end the session
                    self._notices.put(error.message)
            case Effect.TAKE_HOME:
                self._notices.put(self._take_home())
            case Effect.RECORD if self._recordist:
                self._notices.put(self._recordist.toggle())
            case Effect.FULLSCREEN if self._window:
                self._window.toggle_fullscreen()

    def _take_home(self) -> str:
        """Keep both eyes for a visitor and show the code of their page; returns the text for the wearer."""
        if self._web is None:
            return "pictures to take home need --web"
        both, (width, height) = self._both_eyes(), self._headset.eye_size
        anaglyph = self._framed_eyes("anaglyph", "anaglyph", height)
        code = self._web.keep({"left": both[:, :width], "side-by-side": both, "anaglyph": anaglyph})
        if code is None:
            return "no picture was kept to take home"
        self._mirror.show_code(code)
        self._code_until_ns = self._clock.now_ns() + _CODE_NS
        return "a picture to take home: scan the code"

    def _both_eyes(self) -> Pixels:
        """(H, 2W, 3) RGB of both eyes now, the left one on the left."""
        return self._framed_eyes("both", "side-by-side", self._headset.eye_size[1])

    def _framed_eyes(self, name: str, layout: Layout, height: int) -> Pixels:
        """(H, W, 3) RGB of `layout` now, `height` pixels high or as high as the eyes are; `name` is its framebuffer."""
        eye_size = self._headset.eye_size
        scale = min(1.0, height / eye_size[1])
        width, height = mirror_size(layout, (max(1, round(eye_size[0] * scale)), max(1, round(eye_size[1] * scale))))
        framed = self._framed.get(name)
        if framed is None or framed.size != (width, height):  # also for another headset
            if framed:
                framed.close()
            framed = self._framed[name] = Framebuffer(width, height)
        eyes = (self._headset.eye_texture(0), self._headset.eye_texture(1))
        self._mirror.draw(framed.handle, framed.size, layout, eyes, eye_size, None, self._aim)
        return framed.read_rgb()

    def _tell(self, recordist: Recordist, frame: HeadsetFrame, controls: Controls, now: int) -> None:
        """Write the head's pose and the controls' state into the recording."""
        if fault := recordist.fault():
            self._notices.put(f"the recording has ended: {fault.message}")
        if not recordist.recording:
            return
        recordist.head(frame.t_display_ns, frame.head)
        palette = controls.palette
        state: State = {
            "style": palette.blend.expression,
            "strength": palette.strength,
            "crossfade_s": palette.crossfade_s,
        }
        state |= {"stroke_size": controls.pipeline.networks.asked, "keep_colour": controls.keep_colour}
        state |= {name: getattr(controls.pipeline, name) for name in ("impasto", "near_m", "far_m")}
        state |= {"frozen": controls.pipeline.still, "plain": controls.plain or controls.held_plain}
        recordist.state(now, state)

    def _record_eyes(self, recordist: Recordist, frame: HeadsetFrame) -> None:
        """The eye views of `frame`, at its head pose."""
        pixels, width = self._both_eyes(), self._headset.eye_size[0]
        seen = StereoFrame(pixels[:, :width], pixels[:, width:], frame.index, frame.t_display_ns, head_pose=frame.head)
        left, right = (CameraView(view.fov, view.eye_to_head) for view in frame.views)
        recordist.write(seen, StereoRig(left, right))


def _aim(view: EyeView) -> float:
    """Position, in picture widths from the left, at which an eye sees a point straight ahead at the HUD's distance. In
    an anaglyph, text then has the depth of the screen, and nearly everything else lies behind it.
    """
    across = -view.eye_to_head.position[0] / DISTANCE_M
    return (view.fov.left + across) / (view.fov.left + view.fov.right)
