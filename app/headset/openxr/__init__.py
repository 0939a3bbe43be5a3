"""OpenXR: SteamVR, Monado, Windows Mixed Reality, Oculus, Varjo. Imported only once chosen."""

from allaprima.app.headset.openxr.headset import OpenXrHeadset

__all__ = ["OpenXrHeadset"]
