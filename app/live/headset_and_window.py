"""The headset of a session, and where others see it: the mirror's window and the web pages."""

import logging
from contextlib import ExitStack

from allaprima.app.core.clock import Clock
from allaprima.app.core.threads.watchdog import Watchdog
from allaprima.app.headset.choosing import choose_headset, openers
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.web_view import WebView
from allaprima.app.mirror.window import MirrorWindow, display_available
from allaprima.app.packs.pack import StylePack
from allaprima.app.settings_and_flags import Settings

_LOG = logging.getLogger(__name__)


def open_window(settings: Settings, stack: ExitStack) -> MirrorWindow | None:
    """The mirror's window; None if it is not wanted, or there is no display."""
    if not settings.mirror.window:
        return None
    if not display_available():
        _LOG.warning("no display, so no window: drawing offscreen (--no-window says so too)")
        return None
    window = MirrorWindow("Alla Prima", (1280, 720))
    stack.callback(window.close)
    return window


def open_web(
    settings: Settings, pack: StylePack, monitor: LatencyMonitor, clock: Clock, stack: ExitStack
) -> WebView | None:
    """The web pages, open from now on; None if they are not wanted. Raises `WebError`."""
    if settings.web.address is None:
        return None
    from allaprima.app.web import announcing
    from allaprima.app.web.address import parse_address
    from allaprima.app.web.server import WebServer  # aiohttp takes a moment to load

    server = WebServer(parse_address(settings.web.address), pack, clock)
    stack.callback(server.close)
    announcing.announce(server)
    return WebView(server.link, monitor, clock, f"{server.url}p/" if settings.web.take_home else None)


def open_headset(settings: Settings, clock: Clock, motion: Following, watchdog: Watchdog) -> FailoverHeadset:
    """Open the headset of the settings in the current GL context; logs why others were not chosen.

    Only the simulated headset follows `motion`; it also replaces a real headset that is lost.
    """
    chosen = settings.headset

    def simulated(eye_size: tuple[int, int] = chosen.eye_size) -> SimulatedHeadset:
        return SimulatedHeadset(clock, eye_size, chosen.refresh_hz, motion)

    candidates = openers(clock, simulated)
    choice = choose_headset(chosen.kind, candidates)
    for name, error in choice.refused.items():
        _LOG.info("not %s: %s%s", name, error.message, f" ({error.hint})" if error.hint else "")
    if choice.kind == "simulated":
        return FailoverHeadset(choice.headset, clock, watchdog=watchdog, simulated=True)
    return FailoverHeadset(
        choice.headset, clock, simulated, candidates[choice.kind] if chosen.reconnect else None, watchdog
    )
