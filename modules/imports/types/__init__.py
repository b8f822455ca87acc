"""Imports as the API shows them."""

from modules.imports.types.choices import (
    ImportDateOrder,
    ImportDuplicates,
    ImportField,
    ImportKept,
    ImportOutcome,
    ImportRequestStatus,
    ImportSame,
    ImportStage,
)
from modules.imports.types.imports import (
    ClientImport,
    ClientImportPreview,
    ImportCounts,
    ImportEffects,
)
from modules.imports.types.layout import ImportColumn, ImportLayout, ImportOptions
from modules.imports.types.mapping import (
    ImportColumnInput,
    ImportLayoutInput,
    ImportOptionsInput,
    MapClientImportColumnsInput,
)
from modules.imports.types.problems import ImportProblem
from modules.imports.types.requests import (
    ImportRequest,
    RequestClientImportInput,
    UpdateImportRequestInput,
)
from modules.imports.types.rows import NOBODY, ImportedClient, ImportPerson, ImportRow
from modules.imports.types.starting import (
    CancelClientImportInput,
    CommitClientImportInput,
    ImportStarted,
    ImportUpload,
    ReadClientImportInput,
    RollbackClientImportInput,
    StartClientImportInput,
    UploadHeader,
)

__all__ = [
    "NOBODY",
    "CancelClientImportInput",
    "ClientImport",
    "ClientImportPreview",
    "CommitClientImportInput",
    "ImportColumn",
    "ImportColumnInput",
    "ImportCounts",
    "ImportDateOrder",
    "ImportDuplicates",
    "ImportEffects",
    "ImportField",
    "ImportKept",
    "ImportLayout",
    "ImportLayoutInput",
    "ImportOptions",
    "ImportOptionsInput",
    "ImportOutcome",
    "ImportPerson",
    "ImportProblem",
    "ImportRequest",
    "ImportRequestStatus",
    "ImportRow",
    "ImportSame",
    "ImportStage",
    "ImportStarted",
    "ImportUpload",
    "ImportedClient",
    "MapClientImportColumnsInput",
    "ReadClientImportInput",
    "RequestClientImportInput",
    "RollbackClientImportInput",
    "StartClientImportInput",
    "UpdateImportRequestInput",
    "UploadHeader",
]
