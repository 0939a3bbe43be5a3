"""Sources of stereo frames: recordings, the synthetic room, and cameras."""
