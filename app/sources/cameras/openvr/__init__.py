"""The headset's own cameras, through SteamVR."""
