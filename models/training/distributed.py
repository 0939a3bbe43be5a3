"""The processes that train together, as `torchrun` starts them: one for each device or machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from allaprima.models.training.objective import Batch


@dataclass(frozen=True)
class ProcessGroup:
    """This process's place among `size` of them. All draw the same random numbers, so each knows the whole batch and
    paints its part of it; losses and gradients are summed. What is trained is what one process would have trained, up
    to the order of floating-point sums.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes files and reports (rank 0)."""
        return self.rank == 0

    def data_parallel(self, network: nn.Module) -> nn.Module:
        """`network` with gradients that are averaged over the group (Li et al. 2020, "PyTorch Distributed")."""
        if self.size == 1:
            return network
        # The buffers are constants.
        return cast(nn.Module, DistributedDataParallel(network, broadcast_buffers=False))

    def shard(self, batch: Batch) -> Batch:
        """This process's part of a step's batch."""
        return batch if self.size == 1 else batch.shard(self.rank, self.size)

    def all_reduce(self, values: dict[str, Tensor]) -> dict[str, float]:
        """Scalars, each summed over the group; everybody names the same ones."""
        if self.size > 1:
            total = torch.stack([value.float() for value in values.values()])
            dist.all_reduce(total)
            values = dict(zip(values, total, strict=True))
        return {name: value.item() for name, value in values.items()}

    def all_gather(self, part: Tensor, count: int) -> Tensor:
        """(count,) values of the whole batch from everybody's part, in `Batch.shard`'s order."""
        if self.size == 1:
            return part
        whole = part.new_zeros(count)
        whole[torch.arange(count).tensor_split(self.size)[self.rank]] = part
        dist.all_reduce(whole)
        return whole

    def broadcast(self, value: object) -> object:
        """What the main process holds, in every process."""
        held = [value]
        if self.size > 1:
            dist.broadcast_object_list(held)
        return held[0]


SINGLE = ProcessGroup()


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """The group that torchrun describes in the environment, else this process alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield SINGLE
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield ProcessGroup(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
