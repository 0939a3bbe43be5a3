"""The parts of an opened session."""

from dataclasses import dataclass

from allaprima.app.compositor.context import GraphicsContext
from allaprima.app.compositor.texture_upload import TextureUpload
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.watchdog import Watchdog
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.audience import Audience
from allaprima.app.live.controls import Controls
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.session import Session
from allaprima.app.packs.pack import StylePack
from allaprima.app.recording.recordist import Recordist
from allaprima.app.sources.source import StereoSource
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.palette import Palette


@dataclass(frozen=True, slots=True)
class Parts:
    """An opened session and those of its parts that commands report on."""

    session: Session
    source: StereoSource
    networks: NetworkCache
    pack: StylePack
    palette: Palette
    pipeline: Pipeline
    monitor: LatencyMonitor
    controls: Controls
    notices: Latest[str]
    audience: Audience
    context: GraphicsContext
    headset: FailoverHeadset
    watchdog: Watchdog
    recordist: Recordist
    upload: TextureUpload
