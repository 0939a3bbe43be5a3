"""Where stereo frames come from: recordings, the synthetic room, and later cameras."""
