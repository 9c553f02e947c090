# Writes the cells of a text file to xlsx in constant memory.
import sys, xlsxwriter
book = xlsxwriter.Workbook(sys.argv[2], {"constant_memory": True})
sheet = book.add_worksheet()
text = book.add_format({"num_format": "@", "border": 1})
number = book.add_format({"border": 1})
with open(sys.argv[1], encoding="utf-8") as f:
    for r, line in enumerate(f):
        for c, cell in enumerate(line.rstrip("\n").split("\t")):
            if cell.startswith("="):
                sheet.write_number(r, c, float(cell[1:]), number)
            elif cell:
                sheet.write_string(r, c, cell, text)
book.close()
