"""A training from its plan to the finished pack."""

import torch

from allaprima.models.judging.quality import evaluation_photos
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.training.device import chosen_device
from allaprima.models.training.distributed import process_group
from allaprima.models.training.plan import Plan
from allaprima.models.training.student import Student
from allaprima.models.training.train import SILENT, Report, train


def train_pack(
    plan: Plan,
    *,
    minutes: float | None = None,
    resume: bool = False,
    compiled: bool = True,
    device: str = "auto",
    threads: int | None = None,
    report: Report = SILENT,
) -> bool:
    """Train what is planned into the plan's run folder. Returns whether this is the process that exports it."""
    if threads:
        torch.set_num_threads(threads)
    chosen = chosen_device(device)
    with process_group(chosen) as group:
        if group.is_main and plan.base and not plan.recipe.frozen:
            report.message("--unfreeze: the pack's other styles change too")
        train(
            plan.recipe,
            student_of(plan),
            plan.paintings,
            plan.photos,
            plan.vgg,
            plan.run,
            real=plan.real,
            minutes=minutes,
            resume=resume,
            compiled=compiled,
            device=chosen,
            group=group,
            report=report,
        )
        return group.is_main


def student_of(plan: Plan) -> Student:
    """The network that the plan begins with."""
    if plan.base:
        photos, features = evaluation_photos(plan.photos, 3), FeatureNetwork(plan.vgg).eval()
        return Student.added(plan.recipe, plan.base.network, plan.paintings, photos, features)
    if plan.start:
        return Student.continued(plan.start, plan.paintings)
    return Student.fresh(plan.recipe, len(plan.paintings))
