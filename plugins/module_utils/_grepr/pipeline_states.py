# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the state of a pipeline says about a change that was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from .graph import JobGraph
from .pipeline import FAILED, STABLE_STATES, TERMINAL_STATES

if TYPE_CHECKING:
    Job = dict[str, Any]


class Evaluation(Enum):
    """How far a pipeline is on its way to a target."""

    UNDER_WAY = "under way"
    REACHED = "reached"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    # A later version has another graph: the version was rolled back unnoticed, or changed by another client.
    REPLACED = "replaced"


@dataclass(frozen=True)
class Target:
    """The state that a version of a pipeline, or a later one, must reach.

    :param graph: the graph that was written: if the server sees no change in it, it does not create a version.
    :param may_roll_back: whether the server restores the graph of before if the version fails.
    """

    state: str
    version: int
    graph: JobGraph | None = None
    may_roll_back: bool = False

    def evaluate(self, job: Job, *, has_failed: bool = False) -> Evaluation:
        """
        :param job: the pipeline as it was read.
        :param has_failed: whether the version was seen to fail. It can only be rolled back from then on.
        """
        state, version = job.get("state"), int(job.get("version", 0))
        if self.may_roll_back and version > self.version and state in STABLE_STATES:
            if has_failed or (job.get("pipelineStatus") or {}).get("isRolledBack"):
                return Evaluation.ROLLED_BACK
            if not self._has_graph(job):
                return Evaluation.REPLACED
        if has_failed or not (version >= self.version or self._has_graph(job)):
            return Evaluation.UNDER_WAY
        if state == self.state:
            return Evaluation.REACHED
        return Evaluation.FAILED if state in TERMINAL_STATES | {FAILED} else Evaluation.UNDER_WAY

    def _has_graph(self, job: Job) -> bool:
        return self.graph is not None and JobGraph.from_job(job).is_satisfied_by(self.graph)


def is_settled(job: Job | None) -> bool:
    """Return whether no change of a job is under way, as far as its state says."""
    return job is None or job.get("state") in STABLE_STATES | TERMINAL_STATES | {FAILED}
