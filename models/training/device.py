"""What to train on."""

from __future__ import annotations

import os

import torch


def chosen_device(name: str) -> torch.device:
    """`auto`, `cpu` or `cuda` as a device; under torchrun each process has a GPU of its own. ValueError without one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ValueError("--device cuda: this PyTorch finds no CUDA device; leave --device away to train on the CPU")
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if place >= torch.cuda.device_count():
        raise ValueError(f"{place + 1} processes on this machine, but {torch.cuda.device_count()} CUDA devices")
    torch.cuda.set_device(place)
    return torch.device("cuda", place)


def compiles(device: torch.device) -> bool:
    """Whether torch.compile finds what it needs: a C++ compiler for the CPU, Triton for CUDA."""
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(8, device=device))
    except Exception:  # it fails in many ways, and all of them mean no
        return False
    return True
