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
from modules.imports.types.lists import (
    CLIENT_IMPORT_COLUMNS,
    IMPORT_REQUEST_COLUMNS,
    ClientImportFilter,
    ClientImportOrder,
    ImportRequestFilter,
    ImportRequestOrder,
)
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
    "CLIENT_IMPORT_COLUMNS",
    "IMPORT_REQUEST_COLUMNS",
    "NOBODY",
    "CancelClientImportInput",
    "ClientImport",
    "ClientImportFilter",
    "ClientImportOrder",
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
    "ImportRequestFilter",
    "ImportRequestOrder",
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
