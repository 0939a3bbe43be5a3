"""SteamVR and other OpenVR runtimes."""
