# Writes the cells of a text file to xlsx in write-only mode.
import sys, openpyxl
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet()
with open(sys.argv[1], encoding="utf-8") as f:
    for line in f:
        sheet.append([float(c[1:]) if c.startswith("=") else (c or None) for c in line.rstrip("\n").split("\t")])
book.save(sys.argv[2])
