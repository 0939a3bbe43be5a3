"""Frames, clocks, mailboxes, poses, errors and stamps: standard library and numpy only."""
