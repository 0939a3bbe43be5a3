"""Sizes that pictures claim."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from allaprima.app.core.picture_header import claimed_size

WIDTH, HEIGHT = 53, 37
FLOATS, GREY = (".hdr", ".pfm"), (".pgm", ".pbm")
SUFFIXES = ".png .jpg .bmp .tif .webp .ppm .pgm .pbm .gif .jp2 .avif .hdr .sr .ras .pfm .pam".split()


def encoded(suffix: str) -> bytes:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32 if suffix in FLOATS else np.uint8)
    return cv2.imencode(suffix, picture[..., 0] if suffix in GREY else picture)[1].tobytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_size_is_told_in_every_format_that_opencv_takes(suffix: str) -> None:
    assert claimed_size(encoded(suffix)) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_header_that_is_cut_short_or_garbled_never_fails(suffix: str) -> None:
    whole, random = encoded(suffix), np.random.default_rng(3)
    for length in range(0, min(len(whole), 200)):
        claimed_size(whole[:length])
    for _ in range(200):
        data = bytearray(whole)
        for at in random.integers(0, min(len(data), 400), 4):
            data[at] = random.integers(256)
        claimed_size(bytes(data))


def test_webp_tells_its_size_in_all_three_kinds() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 4), np.uint8)
    for options in ([], [cv2.IMWRITE_WEBP_QUALITY, 80]):
        assert claimed_size(cv2.imencode(".webp", picture, options)[1].tobytes()) == (WIDTH, HEIGHT)
        assert claimed_size(cv2.imencode(".webp", picture[..., :3], options)[1].tobytes()) == (WIDTH, HEIGHT)


def test_jpegs_with_bytes_between_their_markers_are_understood() -> None:
    whole = encoded(".jpg")
    assert claimed_size(whole[:2] + b"\xff\xff" + whole[2:]) == (WIDTH, HEIGHT)
    assert claimed_size(whole[:2] + b"junk" + whole[2:]) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("order", "<>")
def test_a_tile_larger_than_its_picture_counts(order: str) -> None:
    head = {"<": b"II", ">": b"MM"}[order]
    tags = ((256, 10), (257, 20), (322, 90_000), (323, 30))
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags)
    classic = head + struct.pack(f"{order}HIH", 42, 8, len(tags)) + entries
    assert claimed_size(classic) == (90_000, 30)
    entries = b"".join(struct.pack(f"{order}HHQQ", tag, 16, 1, value) for tag, value in tags)
    assert claimed_size(head + struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, len(tags)) + entries) == (90_000, 30)


@pytest.mark.parametrize("data", [b"", b"<!DOCTYPE html>", b"\x76\x2f\x31\x01" + bytes(100), bytes(100)])
def test_what_is_no_known_picture_has_no_size(data: bytes) -> None:
    assert claimed_size(data) is None
