"""Reading lists as other programs write them: any text, any workbook, any header."""
