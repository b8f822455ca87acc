"""Exports as the API shows them."""

from modules.exports.types.exports import (
    Export,
    ExportClientFileInput,
    ExportClientsInput,
    ExportFormat,
    ExportKind,
    RetryExportInput,
)
from modules.exports.types.lists import EXPORT_COLUMNS, ExportFilter, ExportOrder

__all__ = [
    "EXPORT_COLUMNS",
    "Export",
    "ExportClientFileInput",
    "ExportClientsInput",
    "ExportFilter",
    "ExportFormat",
    "ExportKind",
    "ExportOrder",
    "RetryExportInput",
]
