"""Files that may be of one person: found, made one, and made two again."""

from modules.clients.rules import FIELDS as PROFILE
from modules.merging.rules.duplicates import (
    COMPARE,
    catch_up,
    check_score,
    compare,
    compare_many,
    compare_one,
    dismiss,
)
from modules.merging.rules.fields import MergeFieldUnknown
from modules.merging.rules.merging import (
    merge_clients,
    sweep,
    until,
)
from modules.merging.rules.previewing import MergePreview, preview
from modules.merging.rules.refusals import AlreadyMerged, SameFile
from modules.merging.rules.undoing import MergeTooOld, Unmerged, unmerge_clients

__all__ = [
    "COMPARE",
    "PROFILE",
    "AlreadyMerged",
    "MergeFieldUnknown",
    "MergePreview",
    "MergeTooOld",
    "SameFile",
    "Unmerged",
    "catch_up",
    "check_score",
    "compare",
    "compare_many",
    "compare_one",
    "dismiss",
    "merge_clients",
    "preview",
    "sweep",
    "unmerge_clients",
    "until",
]
