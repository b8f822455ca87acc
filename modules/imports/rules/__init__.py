"""What the business allows when it takes over a list that was kept elsewhere."""

from modules.imports.rules.expiring import sweep
from modules.imports.rules.failing import ImportFailed, give_up, take_up
from modules.imports.rules.forgetting import FORGET, before_deleting, forget
from modules.imports.rules.mapping import (
    Changes,
    ColumnInvalid,
    ImportDuplicates,
    LayoutInvalid,
    Options,
    change_mapping,
)
from modules.imports.rules.reading import read_list
from modules.imports.rules.requesting import (
    RequestOpen,
    RequestOver,
    change_request,
    due,
    request,
)
from modules.imports.rules.standing import COUNTS, STATUSES, progress
from modules.imports.rules.undoing import cancel, look_back, roll_back, take_back_list
from modules.imports.rules.uploading import (
    LARGEST,
    FileDiffers,
    FileNotUploaded,
    FileTooLarge,
    ImportNotReady,
    Started,
    TooManyImports,
    read,
    start,
)
from modules.imports.rules.writing import ImportUnderWay, NothingToImport, commit, look, write_list

__all__ = [
    "COUNTS",
    "FORGET",
    "LARGEST",
    "STATUSES",
    "Changes",
    "ColumnInvalid",
    "FileDiffers",
    "FileNotUploaded",
    "FileTooLarge",
    "ImportDuplicates",
    "ImportFailed",
    "ImportNotReady",
    "ImportUnderWay",
    "LayoutInvalid",
    "NothingToImport",
    "Options",
    "RequestOpen",
    "RequestOver",
    "Started",
    "TooManyImports",
    "before_deleting",
    "cancel",
    "change_mapping",
    "change_request",
    "commit",
    "due",
    "forget",
    "give_up",
    "look",
    "look_back",
    "progress",
    "read",
    "read_list",
    "request",
    "roll_back",
    "start",
    "sweep",
    "take_back_list",
    "take_up",
    "write_list",
]
