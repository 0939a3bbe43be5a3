"""ONNX files meant to harm, or merely broken: refused by the scan, before an engine sees them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import StylePackError
from allaprima.app.packs.onnx_scan import MAX_NODES, NetworkFile, scan_network

WHERE = Path("hostile.onnx")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def message(number: int, *parts: bytes | str) -> bytes:
    """A length-delimited field."""
    body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(number << 3 | 2) + varint(len(body)) + body


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def value_info(name: str, *dims: int | str, dtype: int = 1) -> bytes:
    shape = b"".join(message(1, number(1, d) if isinstance(d, int) else message(2, d)) for d in dims)
    return message(1, name) + message(2, message(1, number(1, dtype), message(2, shape)))


def node(operator: str, *attributes: bytes, domain: str = "") -> bytes:
    return message(
        1, message(1, "frames"), message(2, "painted"), message(4, operator), *attributes, message(7, domain)
    )


def tensor(name: str, *dims: int, raw: bytes = b"", extra: bytes = b"", dtype: int = 1) -> bytes:
    return b"".join(number(1, d) for d in dims) + number(2, dtype) + message(8, name) + message(9, raw) + extra


FRAMES = message(11, value_info("frames", 2, 3, "height", "width"))
STYLE = message(11, value_info("style", 1, 4))
PAINTED = message(12, value_info("painted", 2, 3, "height", "width"))
IO = FRAMES + STYLE + PAINTED


def model(*graph: bytes, extra: bytes = b"") -> bytes:
    return number(1, 8) + message(7, *graph) + extra


def scan(data: bytes) -> NetworkFile:
    return scan_network(data, WHERE)


def test_sound_network_passes_with_its_parameters() -> None:
    raw = np.arange(6, dtype="<f4").tobytes()
    network = scan(model(node("Relu"), node("Conv", domain="ai.onnx"), message(5, tensor("w", 2, 3, raw=raw)), IO))
    assert network.operators == {"Relu", "Conv"}
    assert network.rows == 4
    np.testing.assert_array_equal(network.float_parameters()["w"], np.arange(6, dtype=np.float32).reshape(2, 3))


def test_packed_dims_are_read_too() -> None:
    packed = message(1, varint(2), varint(3)) + number(2, 1) + message(8, "w") + message(9, bytes(24))
    assert scan(model(node("Relu"), message(5, packed), IO)).float_parameters()["w"].shape == (2, 3)


def test_parameter_with_too_few_bytes_is_not_given_out() -> None:
    short = scan(model(node("Relu"), message(5, tensor("w", 2, 3, raw=bytes(20))), IO))
    assert short.float_parameters() == {}


EXTERNAL = message(13, message(1, "location"), message(2, "../../etc/passwd"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (model(node("Relu"), message(5, tensor("w", 4, extra=number(14, 1))), IO), "external data"),
        (model(node("Relu"), message(5, tensor("w", 4, extra=EXTERNAL)), IO), "external data"),
        (model(node("Constant", message(5, message(5, tensor("w", 4, extra=EXTERNAL)))), IO), "external data"),
        (model(node("Constant", message(5, message(10, tensor("w", 4, extra=EXTERNAL)))), IO), "external data"),
        (model(node("Relu"), message(5, tensor("w", 4), EXTERNAL), IO), "external data"),
        (model(node("Loop"), IO), "operator 'Loop' is not allowed"),
        (model(node("Relu", domain="com.evil"), IO), "operator 'com.evil:Relu' is not allowed"),
        (model(node("PyOp", domain="ai.onnx.contrib"), IO), "not allowed"),
        (model(node("Relu", message(5, message(6, IO))), IO), "sub-graphs"),
        (model(node("Relu", message(5, message(11, IO))), IO), "sub-graphs"),
        (model(node("Relu", message(5, message(22, b""))), IO), "sparse"),
        (model(node("Relu"), message(15, b""), IO), "sparse"),
        (model(node("Relu"), IO, extra=message(25, b"")), "functions of its own"),
        (model(node("Relu"), IO, extra=message(20, b"")), "training graph"),
        (model(node("Relu"), IO, extra=message(7, node("Loop"))), "not allowed"),
        (model(node("Relu"), IO, extra=message(7, node("Relu"))), "several graphs"),
        (number(1, 8), "no graph"),
        (model(*[node("Relu")] * (MAX_NODES + 1), IO), "more than 10000 nodes"),
        (model(message(5, tensor("w", 1 << 30, 1 << 30)), IO), "absurdly large"),
        (model(message(5, tensor("w", 0, 1 << 62)), IO), "absurdly large"),
        (model(message(5, tensor("w", *[1] * 9)), IO), "too many dimensions"),
        (model(message(5, message(1, b"\x01" * 1000)), IO), "list of numbers is too long"),
        (model(node("Relu"), FRAMES, PAINTED), "a style network maps"),
        (model(node("Relu"), IO, message(11, value_info("password", 1))), "a style network maps"),
        (model(node("Relu"), IO, message(12, value_info("second", 1))), "a style network maps"),
        (model(message(11, value_info("frames", 1, 3, "h", "w")), STYLE, PAINTED), "'frames' is"),
        (model(message(11, value_info("frames", 2, 3, 480, 640)), STYLE, PAINTED), "'frames' is"),
        (model(message(11, value_info("frames", 2, 3, "h", "w", dtype=2)), STYLE, PAINTED), "not float32"),
        (model(FRAMES, message(11, value_info("style", 4)), PAINTED), "'style' is"),
        (model(FRAMES, message(11, value_info("style", 1, "rows")), PAINTED), "'style' is"),
        (model(FRAMES, message(11, value_info("style", 1, 1 << 40)), PAINTED), "'style' is"),
        (model(FRAMES, STYLE, message(12, value_info("painted", 2, 3))), "four dimensions"),
        (model(FRAMES, STYLE, message(12, message(1, "painted") + message(2, message(4, b"")))), "not a tensor"),
        (varint(7 << 3 | 2) + varint(1 << 60) + b"x", "cut short"),
        (b"\xff" * 40, "too many bytes"),
        (b"\x00\x00", "number 0"),
        (varint(1 << 35 | 7 << 3 | 2) + b"\x00", "number 4294967303"),  # some parsers keep 32 bits of it: a graph
        (model(message(1, message(4, "Loop"), varint(4 << 3 | 1) + b"Identity"), IO), "operator 'Loop'"),
        (b"\x0b\x0c", "wire type 3"),
        (number(7, 5), "a number stands where a message must"),
        (model(message(1, message(4, b"\xff\xfe"))), "broken text"),
        (b"", "no graph"),
    ],
)
def test_hostile_network_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(StylePackError, match=reason) as caught:
        scan(data)
    assert caught.value.message.startswith("hostile.onnx: not a style network: ")
    assert caught.value.hint


def small_network() -> bytes:
    weights = message(5, tensor("w", 2, 3, raw=np.arange(6, dtype="<f4").tobytes()))
    constant = node("Constant", message(5, message(1, "value"), message(5, tensor("c", 1, raw=bytes(4)))))
    return model(node("Relu"), constant, node("Conv"), weights, IO, extra=message(8, number(2, 17)))


def survive(data: bytes) -> None:
    """Whatever the bytes are: a network whose parameters can be read, or a StylePackError; nothing else."""
    try:
        scan(data).float_parameters()
    except StylePackError:
        return


def test_network_cut_short_anywhere_never_escapes_the_scan() -> None:
    whole = small_network()
    scan(whole)
    for end in range(len(whole)):
        survive(whole[:end])
    start = whole.index(b"painted")
    with pytest.raises(StylePackError):
        scan(whole[:start])


@pytest.mark.parametrize("seed", range(4))
def test_damaged_network_never_escapes_the_scan(seed: int) -> None:
    dice = random.Random(seed)
    whole = small_network()
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(data))
            match dice.randrange(3):
                case 0:
                    data[place] = dice.randrange(256)
                case 1:
                    del data[place : place + dice.randint(1, 9)]
                case _:
                    data[place:place] = dice.randbytes(dice.randint(1, 9))
        survive(bytes(data))


def test_garbage_never_escapes_the_scan() -> None:
    dice = random.Random(11)
    for size in range(400):
        survive(dice.randbytes(size))


def test_real_network_cut_short_is_refused(tiny_pack: Path) -> None:
    whole = (tiny_pack / "network.onnx").read_bytes()
    for end in range(0, len(whole), len(whole) // 97):
        with pytest.raises(StylePackError):
            scan(whole[:end])
