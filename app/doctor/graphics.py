"""OpenGL, as `run` would get it: in a window where there is a display, else offscreen."""

from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings


def graphics(settings: Settings) -> list[Finding]:
    """Vendor, renderer and version, and whether it draws in software. Raises `GraphicsError`."""
    from contextlib import closing

    from allaprima.app.compositor.context import GraphicsContext, SurfacelessContext, draws_in_software
    from allaprima.app.compositor.gl import GL
    from allaprima.app.mirror.window import MirrorWindow, display_available

    in_window = settings.mirror.window and display_available()
    context: GraphicsContext = (
        MirrorWindow("Alla Prima", (160, 120), visible=False) if in_window else SurfacelessContext()
    )
    with closing(context):
        vendor = (GL.glGetString(GL.GL_VENDOR) or b"").decode(errors="replace")
        text = f"{context.description} ({vendor}), {'in a window' if in_window else 'offscreen, without a display'}"
    if draws_in_software(context.description):
        slow = f"{text}: in software, on the processor that also paints"
        hint = "install the graphics card's driver; without a card: allaprima run --eye-size 320x360"
        return [Finding("graphics", "warning", slow, hint)]
    return [Finding("graphics", "ok", text)]
