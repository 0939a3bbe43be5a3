"""Every way in which a pack may be broken ends in one clear line that names the file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from allaprima.app.core.errors import StylePackError
from allaprima.app.packs.onnx_scan import read_network
from allaprima.app.packs.pack import load_pack


@pytest.fixture
def pack(tiny_pack: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_pack, tmp_path / "pack")


def edit(pack: Path, old: str, new: str) -> None:
    card = pack / "card.toml"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format = 1", "format = 2", "its format is 2"),
        ("format = 1", "", "its format is None"),
        ("[pack]", "[peck]", r"\[pack\] is missing"),
        ('name = "tiny"', 'name = "Tiny"', "lower-case"),
        ('name = "tiny"', 'name = "../tiny"', "lower-case"),
        ('title = "Three', 'titel = "Three', "'title' is missing"),
        ('title = "Three', r'title = "\u001b[2JThree', "control characters"),
        ('title = "Three', f'title = "{"x" * 600}', "longer than 500"),
        ('network = "network.onnx"', 'network = "../network.onnx"', "bare name"),
        ('network = "network.onnx"', 'network = "/etc/network.onnx"', "bare name"),
        ('network = "network.onnx"', r'network = "..\\network.onnx"', "leads out of the pack"),
        ('network = "network.onnx"', 'network = "C:network.onnx"', "leads out of the pack"),
        ('network = "network.onnx"', 'network = "other.onnx"', "'other.onnx' is missing"),
        ('network = "network.onnx"', 'network = "card.toml"', "bare name"),
        ('sha256 = "', 'sha256 = "zz', "64 hexadecimal"),
        ("rows = 4", "rows = 3", "'row' is 3, must be a whole number from 1 to 2"),
        ("rows = 4", "rows = 5", "blends 4 rows, the card says 5"),
        ("rows = 4", "rows = 100000000000", "'rows' is"),
        ("rows = 4", "rows = true", "'rows' is"),
        ("row = 1", "row = 0", "'row' is 0"),
        ("row = 1", "row = 2", "several styles have the row 2"),
        ("row = 1", "row = 1.0", "'row' is 1.0"),
        ('name = "red-room"', 'name = "mosaic"', "several styles have the name mosaic"),
        ('name = "red-room"', 'name = "red:room"', "lower-case"),
        ('name = "red-room"', "name = 7", "'name' is missing or is not text"),
        ("previews/red-room.jpg", "../card.toml", "leads out of the pack"),
        ("previews/red-room.jpg", "/etc/passwd", "leads out of the pack"),
        ("previews/red-room.jpg", "a/b/c.jpg", "leads out of the pack"),
        ("previews/red-room.jpg", "previews/none.jpg", "is missing"),
        ("previews/red-room.jpg", "previews", "is not a file inside the pack"),
        ("previews/red-room.jpg", "card.toml", "no JPEG or PNG"),
        ("iterations = 0", "iterations = ", "not TOML"),
        ("[training]\niterations = 0", "", None),
    ],
)
def test_card_that_lies_is_refused(pack: Path, old: str, new: str, reason: str | None) -> None:
    edit(pack, old, new)
    if reason is None:  # training facts are for people only
        assert load_pack(pack).training == {}
        return
    with pytest.raises(StylePackError, match=reason) as caught:
        load_pack(pack)
    assert str(pack) in caught.value.message
    assert caught.value.hint


def test_styles_that_are_no_tables_are_refused(pack: Path) -> None:
    text = (pack / "card.toml").read_text(encoding="utf-8")
    head = text[: text.index("[[style]]")]
    (pack / "card.toml").write_text("style = [1, 2]\n" + head, encoding="utf-8")
    with pytest.raises(StylePackError, match=r"every \[\[style\]\] must be a table"):
        load_pack(pack)
    (pack / "card.toml").write_text(head, encoding="utf-8")
    with pytest.raises(StylePackError, match=r"1 to 512 \[\[style\]\]"):
        load_pack(pack)


def test_card_that_is_missing_empty_huge_or_binary_is_refused(pack: Path) -> None:
    card = pack / "card.toml"
    for content, reason in [(b"", "its format is None"), (b"#" * 300_000, "256 kB"), (b"\xff\xfe\x00", "not TOML")]:
        card.write_bytes(content)
        with pytest.raises(StylePackError, match=reason):
            load_pack(pack)
    card.write_bytes(b"a=" + b"[" * 100_000)
    with pytest.raises(StylePackError, match="not TOML"):
        load_pack(pack)
    card.unlink()
    with pytest.raises(StylePackError, match="cannot be read"):
        load_pack(pack)


def test_network_that_was_exchanged_is_refused(pack: Path) -> None:
    network = pack / "network.onnx"
    data = bytearray(network.read_bytes())
    weights = max(read_network(network).float_parameters().values(), key=lambda values: values.nbytes)
    data[data.find(weights.tobytes())] ^= 1  # one bit of one weight: still a sound network
    network.write_bytes(data)
    with pytest.raises(StylePackError, match="sha256 differs"):
        load_pack(pack)


def test_network_exchanged_after_loading_is_refused_too(pack: Path) -> None:
    loaded = load_pack(pack)
    network = pack / "network.onnx"
    network.write_bytes(network.read_bytes() + b"\x12\x00")  # an empty producer name: still valid ONNX
    with pytest.raises(StylePackError, match="sha256 differs"):
        loaded.read_network()


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"not a network at all"])
def test_network_that_is_none_is_refused(pack: Path, content: bytes) -> None:
    (pack / "network.onnx").write_bytes(content)
    with pytest.raises(StylePackError, match="not a style network"):
        load_pack(pack)


def test_network_of_absurd_size_is_refused_unread(pack: Path) -> None:
    with (pack / "network.onnx").open("wb") as file:
        file.truncate(1 << 32)  # sparse
    with pytest.raises(StylePackError, match="larger than 64 MB"):
        load_pack(pack)


def test_link_out_of_the_pack_is_refused(pack: Path, tiny_pack: Path) -> None:
    (pack / "network.onnx").unlink()
    try:
        (pack / "network.onnx").symlink_to(tiny_pack / "network.onnx")
    except OSError:
        pytest.skip("this system lets nobody make symbolic links")
    with pytest.raises(StylePackError, match="not a file inside the pack"):
        load_pack(pack)


def test_link_to_itself_is_refused(pack: Path) -> None:
    (pack / "network.onnx").unlink()
    try:
        (pack / "network.onnx").symlink_to("network.onnx")
    except OSError:
        pytest.skip("this system lets nobody make symbolic links")
    with pytest.raises(StylePackError, match="is missing"):
        load_pack(pack)
