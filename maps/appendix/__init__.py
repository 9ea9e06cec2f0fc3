"""The planning-approval appendix (phụ lục): tables once, then a writer for each format.

Column sets of PL III to V follow real provincial systems; PL II, IV, VIII and X are this project's proposal
and not legal forms.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from phusong.maps.appendix.columns import Table
from phusong.maps.appendix.tables import all_tables
from phusong.maps.appendix.xlsx import workbook_bytes
from phusong.maps.files import replace_file
from phusong.maps.words import SIMULATED

if TYPE_CHECKING:
    from phusong.scenarios.plan import Plan

__all__ = ["FILE_NAME", "Appendix", "appendix"]

FILE_NAME: Final = "phu-luc.xlsx"


@dataclass(frozen=True, slots=True)
class Appendix:
    """The appendix of one plan.

    Parameters
    ----------
    tables : sequence of Table
        In the order of the sheets.
    as_of : datetime
        Written as the document's date in place of the clock's: the same plan gives the same bytes.
    title : str
    banner : str
        Repeated on every sheet; empty for real data.
    """

    tables: Sequence[Table]
    as_of: datetime
    title: str
    banner: str = ""

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``phu-luc.xlsx`` into `folder` in one step.

        Returns
        -------
        pathlib.Path
            The workbook.

        Raises
        ------
        RunError
            The disk refuses; nothing half-written is left.
        """
        data = workbook_bytes(self.tables, title=self.title, created=self.as_of, banner=self.banner)
        return replace_file(Path(folder) / FILE_NAME, data)


def appendix(plan: Plan) -> Appendix:
    """Tables of a plan for an approval dossier, in Vietnamese.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Appendix
    """
    as_of = datetime.fromisoformat(str(plan.facts["as_of"])[:10])
    return Appendix(all_tables(plan), as_of, str(plan.facts["title"]), SIMULATED if plan.facts["simulated"] else "")
