"""Boards, detection, calibration and rectification of a stereo rig."""
