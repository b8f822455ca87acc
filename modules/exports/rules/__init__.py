"""What the business allows when it hands out what is kept."""

from modules.exports.rules.requesting import (
    NotRetryable,
    TooManyExports,
    export_file,
    export_list,
    retry,
)
from modules.exports.rules.writing import WRITING, sweep

__all__ = [
    "WRITING",
    "NotRetryable",
    "TooManyExports",
    "export_file",
    "export_list",
    "retry",
    "sweep",
]
