"""Probe a scanned network and write it as ours: what `run_confined` runs, as `python -m` this module.

Arguments: the scanned ONNX file, the user's choices as JSON, where to write the network, where to write the findings.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from allaprima.app.core.errors import AllaPrimaError, EngineError
from allaprima.app.importing.chart import chart
from allaprima.app.importing.convention import Choices, Convention, NotAStyleNetwork
from allaprima.app.importing.judgement import FLAT
from allaprima.app.importing.probe import SIZE, probe
from allaprima.app.importing.wrap import wrapped
from allaprima.app.packs.onnx_scan import scan_graph
from allaprima.app.packs.protobuf import Malformed
from allaprima.app.stylize.engines import open_graph


def try_network(source: Path, choices: Choices, target: Path) -> dict[str, Any]:
    """Write the network of a pack to `target`; returns what was found out about it."""
    network = scan_graph(source.read_bytes(), source)
    findings = probe(network, choices)
    ours = wrapped(network, findings.convention)
    _check(ours, findings.convention)
    target.write_bytes(ours)
    return asdict(findings) | {"parameters": network.parameters}


def _check(ours: bytes, convention: Convention) -> None:
    """The finished network gives the photo back in row 0 and paints something in every other row."""
    graph = open_graph(ours)
    frames = np.concatenate([chart(SIZE, 0), chart(SIZE, 1)])
    rows = np.eye(1 + convention.styles, dtype=np.float32)
    for row, style in enumerate(rows):
        painted = graph({"frames": frames, "style": style[None]})["painted"]
        if painted.shape != frames.shape or not np.isfinite(painted).all():
            raise NotAStyleNetwork("made into a pack, it no longer paints")
        if row == 0 and np.abs(painted - frames).max() > 1e-3:
            raise NotAStyleNetwork("made into a pack, it does not give the photo back")
        if row > 0 and painted.std(axis=(2, 3)).max() < FLAT:
            raise NotAStyleNetwork(f"its style {row - 1} is one flat colour")


def main(arguments: list[str]) -> int:
    source, choices, target, result = arguments
    found: dict[str, Any]
    try:
        found = try_network(Path(source), Choices(**json.loads(choices)), Path(target))
    except EngineError as error:
        found = {"error": f"no engine runs it: {error.message}", "hint": error.hint}
    except AllaPrimaError as error:
        found = {"error": error.message, "hint": error.hint}
    except Malformed as error:
        found = {"error": str(error)}
    except MemoryError:
        found = {"error": "it asks for too much memory"}
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
