"""What is published: figures, tables, charts, workbook and report, beside the working files they come from."""
