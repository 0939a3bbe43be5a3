"""SteamVR in this process, for what draws into the headset and for what looks through its cameras."""
