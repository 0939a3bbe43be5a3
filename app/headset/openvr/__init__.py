"""SteamVR, and whatever else speaks OpenVR."""
