"""A bounds-checked reader of protobuf's wire format: enough to inspect an untrusted ONNX file."""

from collections.abc import Iterator

FIXED_SIZES = {1: 8, 5: 4}  # bytes, by wire type


class Malformed(Exception):
    """The bytes are not what they claim to be."""


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """The unsigned varint at `at`, and the offset after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            raise Malformed("it is cut short")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Malformed("a number has too many bytes")


def fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, value) of one message: an int for varints, the bytes for length-delimited fields.

    Fixed-width numbers are skipped, because nothing here uses them: with their bytes, a field of the wrong wire type
    could give us another text than it gives protobuf, which ignores such a field.
    """
    at = 0
    while at < len(view):
        key, at = varint(view, at)
        field_number, wire = key >> 3, key & 7
        if not 0 < field_number < 1 << 29:
            raise Malformed(f"a field has number {field_number}")
        if wire == 0:
            value, at = varint(view, at)
            yield field_number, value
            continue
        if wire not in FIXED_SIZES and wire != 2:
            raise Malformed(f"a field has wire type {wire}")
        size, at = (FIXED_SIZES[wire], at) if wire in FIXED_SIZES else varint(view, at)
        if size > len(view) - at:
            raise Malformed("it is cut short")
        if wire == 2:
            yield field_number, view[at : at + size]
        at += size


def message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise Malformed("a number stands where a message must")
    return value


def text(value: int | memoryview) -> str:
    try:
        return bytes(message(value)).decode()
    except UnicodeDecodeError:
        raise Malformed("it holds broken text") from None


def number(value: int | memoryview) -> int:
    if not isinstance(value, int):
        raise Malformed("a message stands where a number must")
    return value


def numbers(value: int | memoryview, most: int) -> list[int]:
    """A repeated integer field of at most `most` numbers, packed or not."""
    if isinstance(value, int):
        return [value]
    if len(value) > 10 * most:
        raise Malformed("a list of numbers is too long")
    found, at = [], 0
    while at < len(value):
        one, at = varint(value, at)
        found.append(one)
    return found
