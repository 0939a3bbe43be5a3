"""Files that are almost valid: some bytes or words of a valid one changed, the same for the same seed."""

from __future__ import annotations

import random
import re
import struct
import zlib

_WORD = re.compile(rb"[\w.+-]+|\s+|[^\w\s]")
_NASTY_WORDS = (
    b"nan", b"-inf", b"1e999", b"-1", b"0", b"1e-300", b"0x10", b"1_0", b"9" * 5000, b"2147483648", b"1e15", b"true",
    b"null", b"[", b"]", b"{", b"}", b"[[", b'"', b"'''", b'"""', b"#", b":", b": ", b"&a ", b"*a", b"!!float ", b"- ",
    b"<a>", b"</a>", b"<!--", b"\0", b"\x1b[2J", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\r", b"\n", b"a.b.", b",",
    b"../", b"/dev/zero", b"2021-99-99", b"%YAML 9.9\n", b"---\n", b"\\u0000", b"\\ud800", b"1,5",
)  # fmt: skip
_NASTY_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x40000000)
_LONGEST = 1 << 22
_PNG = b"\x89PNG\r\n\x1a\n"


def mutated(data: bytes, seed: str, is_text: bool) -> bytes:
    """`data` with one to six changes; words are changed only where it `is_text`."""
    chance = random.Random(seed)
    ways = [_flipped, _overwritten, _cut, _repeated, _without, _moved]
    ways += [_word_swapped, _word_put, _word_many_times, _line_repeated] * 2 if is_text else []
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(ways)(data, chance)[:_LONGEST]
    return _with_sums(data) if data.startswith(_PNG) else data


def _at(data: bytes, chance: random.Random) -> int:
    """Anywhere, but as often near the beginning, where headers are."""
    return chance.randrange(min(len(data), chance.choice((64, 1024, len(data)))) + 1) if data else 0


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.choice((1, 1, 4, 32))):
        changed[min(_at(data, chance), len(changed) - 1)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    at, order, kind = _at(data, chance), chance.choice("<>"), chance.choice("BHI")
    number = chance.choice(_NASTY_NUMBERS) & (1 << 8 * struct.calcsize(kind)) - 1
    put = struct.pack(order + kind, number)
    return data[:at] + put + data[at + len(put) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _at(data, chance)]


def _piece(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = _at(data, chance)
    return start, min(len(data), start + chance.choice((1, 4, 16, 256, 4096)))


def _repeated(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 100)) + data[end:]


def _without(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    return data[:start] + data[end:]


def _moved(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    at = _at(data, chance)
    return data[:at] + data[start:end] + data[at:]


def _word(data: bytes, chance: random.Random) -> tuple[int, int]:
    """Where one of its words begins and ends."""
    found = _WORD.search(data, _at(data, chance))
    return found.span() if found else (0, 0)


def _word_swapped(data: bytes, chance: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_word(data, chance), _word(data, chance)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _word_put(data: bytes, chance: random.Random) -> bytes:
    start, end = _word(data, chance)
    return data[:start] + chance.choice(_NASTY_WORDS) + data[end if chance.random() < 0.7 else start :]


def _word_many_times(data: bytes, chance: random.Random) -> bytes:
    start, end = _word(data, chance)
    word = data[start:end] if chance.random() < 0.3 else chance.choice(_NASTY_WORDS)
    times = min(chance.choice((10, 1000, 50_000)), (1 << 18) // max(1, len(word)) + 1)
    return data[:end] + (word * times)[: 1 << 18] + data[end:]


def _line_repeated(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = chance.randrange(len(lines))
    return b"".join(lines[:at] + lines[at : at + 1] * chance.choice((0, 2, 2, 1000)) + lines[at + 1 :])


def _with_sums(data: bytes) -> bytes:
    """A PNG whose chunks have the sums that are right for them, or no case would come past the first."""
    changed, at = bytearray(data), len(_PNG)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            break
        changed[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4
    return bytes(changed)
