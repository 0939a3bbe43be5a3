"""YAML and XML of other programs as plain trees: mappings, lists and text, nothing else.

OpenCV's own reader recurses without a limit, and takes no YAML but its own. So these are read without it.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

import yaml

from allaprima.app.core.errors import CalibrationError

Tree = Mapping[str, "Tree"] | Sequence["Tree"] | str

READS = "what can be read: allaprima calibrate import --help"
DEEPEST = 64
"""Brackets in brackets; columns of indentation and dashes are four times as many."""
_LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # base: it makes text of all scalars, and ignores tags
_LEADING = re.compile(r"^[ \t?:-]*", re.MULTILINE)


def read_yaml(text: str) -> Mapping[str, Tree]:
    """All documents of `text` in one. Raises `CalibrationError`."""
    text = re.sub(r"^%YAML.*$", "", text, flags=re.MULTILINE)  # OpenCV's says `:1.0`, which no other program takes
    if _deepest(text, "[{", "]}") > DEEPEST or max(map(len, _LEADING.findall(text))) > 4 * DEEPEST:
        raise CalibrationError("nests deeper than any calibration", READS)
    found: dict[str, Tree] = {}
    try:
        for document in yaml.load_all(text, _LOADER):
            found |= document if isinstance(document, dict) else {}
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        why = str(getattr(error, "problem", "") or "").splitlines()
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise CalibrationError(
            f"is no OpenCV FileStorage, or is damaged: {why[0] if why else 'no YAML'}{where}",
            READS,
        ) from error
    if not found:
        raise CalibrationError("is no OpenCV FileStorage: it holds no names", READS)
    return found


def read_xml(text: str) -> Mapping[str, Tree]:
    """What stands in OpenCV's `<opencv_storage>`. Raises `CalibrationError`."""
    damaged = CalibrationError("is no OpenCV FileStorage, or is damaged", READS)
    if "<!DOCTYPE" in text or "<!ENTITY" in text or _depth_of_elements(text) > DEEPEST:
        raise damaged
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError, LookupError) as error:  # an unknown encoding
        raise damaged from error
    tree = _tree(root)
    if root.tag != "opencv_storage" or not isinstance(tree, dict):
        raise damaged
    return tree


def numbers(tree: Tree | None, most: int) -> list[float] | None:
    """A list of at most `most` numbers, or one; None where it is something else."""
    words = tree.split() if isinstance(tree, str) else tree if isinstance(tree, Sequence) else [""]
    if len(words) > most or not all(isinstance(word, str) for word in words):
        return None
    try:
        return [float(re.sub(r"^([-+]?)\.(nan|inf)$", r"\1\2", str(word), flags=re.IGNORECASE)) for word in words]
    except ValueError:
        return None


def whole(tree: Tree | None) -> int | None:
    """A whole number; None where it is something else."""
    found = numbers(tree, 1)
    return int(found[0]) if found and math.isfinite(found[0]) and found[0].is_integer() else None


def _tree(element: ET.Element) -> Tree:
    if not len(element):
        return element.text or ""
    if all(child.tag == "_" for child in element):
        return [_tree(child) for child in element]
    return {child.tag: _tree(child) for child in element}


def _deepest(text: str, opening: str, closing: str) -> int:
    depth = deepest = 0
    for found in re.finditer(f"[{re.escape(opening + closing)}]", text):
        depth = max(0, depth + (1 if found[0] in opening else -1))
        deepest = max(deepest, depth)
    return deepest


def _depth_of_elements(text: str) -> int:
    depth = deepest = 0
    for found in re.finditer(r"<(/?)[A-Za-z_][^<>]*?(/?)>", text):
        depth += -1 if found[1] else 0 if found[2] else 1
        deepest = max(deepest, depth)
    return deepest
