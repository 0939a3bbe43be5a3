"""Boards, their detection, mono and stereo calibration, rectification, rig files. Pictures in, numbers out."""
