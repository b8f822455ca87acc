"""What the business allows when it hands out what is kept."""

from modules.exports.rules.asking import TooManyExports, export_file, export_list
from modules.exports.rules.writing import sweep, write_export

__all__ = ["TooManyExports", "export_file", "export_list", "sweep", "write_export"]
