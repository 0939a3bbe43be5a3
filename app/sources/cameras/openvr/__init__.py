"""The headset's own cameras, as SteamVR hands them on."""
