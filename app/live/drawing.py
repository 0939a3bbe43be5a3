"""How a session's pairs reach the eyes: upload to textures, and the compositor."""

import logging
from typing import Any

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import GraphicsContext, draws_in_software
from allaprima.app.compositor.cuda_interop import CudaUpload, cuda_runtime
from allaprima.app.compositor.texture_upload import HostUpload, TextureUpload
from allaprima.app.core.errors import GraphicsError
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.feed import DepthFeed
from allaprima.app.settings_and_flags import Settings
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.torch.on_device import OnDevice
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import Trims

_LOG = logging.getLogger(__name__)


def cuda_of(engine: str, context: GraphicsContext) -> tuple[Any, str]:
    """CUDA's runtime, if painted pictures can be drawn from its memory; else None and the reason."""
    if engine != "torch":
        return None, "only the torch engine paints where OpenGL could draw"
    try:
        return cuda_runtime(context.description), ""
    except GraphicsError as error:
        return None, error.message + (f" ({error.hint})" if error.hint else "")


def upload_of(cuda: Any, no_cuda: str, networks: NetworkCache, notices: Latest[str]) -> TextureUpload:
    """The fastest available upload of painted pairs; logs why a faster one is not available."""

    def tell(message: str) -> None:
        _LOG.warning("%s", message)
        notices.put(message)

    stylizer = networks.in_hand.stylizer
    if isinstance(stylizer, OnDevice):
        return CudaUpload(cuda, tell)
    if stylizer.device != "CUDA":
        return HostUpload(f"the network runs on the {stylizer.device}")
    tell(f"painted pairs take the way through the processor's memory: {no_cuda}")
    return HostUpload(no_cuda)


def open_compositor(
    settings: Settings,
    context: GraphicsContext,
    rig: StereoRig,
    trims: Trims,
    pending: Rectification | None,
    upload: TextureUpload,
    depth: DepthFeed | None = None,
) -> Compositor:
    """The compositor that draws pictures of `rig` for the eyes, each part as far away as `depth` knows it."""
    chosen, projection = settings.compositor.guided, settings.compositor.projection
    fast = not draws_in_software(context.description)  # else both take time from the network
    guided = chosen == "on" or (chosen == "auto" and fast)
    deep = depth is not None and (projection == "depth" or (projection == "auto" and fast))
    return Compositor(rig, settings.compositor.projection_distance_m, trims, guided, pending, upload, deep)
