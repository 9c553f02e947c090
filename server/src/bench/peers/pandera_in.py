# Reads a workbook, holds it against a schema with all faults kept, writes it back with the wrong cells marked.
import json, re, sys
from datetime import datetime
import openpyxl, pandas as pd, pandera.pandas as pa
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

source, schema_file, out = sys.argv[1:4]
schema = json.load(open(schema_file, encoding="utf-8"))
book = openpyxl.load_workbook(source, read_only=True)
rows = book.active.iter_rows(values_only=True)
header = [str(c) for c in next(rows)]
frame = pd.DataFrame(list(rows), columns=header).astype(object)
frame = frame.where(frame.notna(), None)

def date_ok(t):
    try:
        datetime.strptime(str(t)[:10], "%Y-%m-%d")
        return True
    except ValueError:
        return False

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
def id_ok(t):
    t = str(t).upper()
    return bool(re.fullmatch(r"\d{17}[\dX]", t)) and "10X98765432"[sum(int(d) * w for d, w in zip(t, WEIGHTS)) % 11] == t[17]

def one(c):
    checks, options = [], set(c["options"])
    each = lambda f, name: pa.Check(lambda s: s.map(f), error=name)
    if c["kind"] == "code":
        checks.append(pa.Check.isin(options))
    elif c["kind"] == "codes":
        checks.append(each(lambda t: all(p in options for p in str(t).split("、")), "choices"))
    elif c["kind"] in ("date",):
        checks.append(each(date_ok, "date"))
    elif c["kind"] == "id_card":
        checks.append(each(id_ok, "identity number"))
    elif c["kind"] == "bool":
        checks.append(pa.Check.isin(["是", "否"]))
    elif c["kind"] in ("int", "decimal", "money", "year", "month"):
        lo, hi = c["range"]
        checks.append(each(lambda x: (lo is None or float(x) >= lo) and (hi is None or float(x) <= hi), "number"))
    elif c["kind"] in ("text", "name", "long_text", "phone"):
        most, pattern = c["max"] or 4000, re.compile(c["pattern"]) if c["pattern"] else None
        checks.append(each(lambda t: len(str(t)) <= most and (pattern is None or bool(pattern.search(str(t)))), "text"))
    return pa.Column(object, checks, nullable=not c["required"], required=False)

bad = {}
try:
    pa.DataFrameSchema({c["label"]: one(c) for c in schema}).validate(frame, lazy=True)
except pa.errors.SchemaErrors as e:
    for f in e.failure_cases[["column", "check", "index"]].itertuples(index=False):
        if f.index == f.index and f.index is not None:
            bad.setdefault(int(f.index), {})[f.column] = str(f.check)

marked = openpyxl.Workbook(write_only=True)
sheet = marked.create_sheet("数据")
sheet.append(header)
red = PatternFill("solid", fgColor="FFB3B3")
for n, values in enumerate(frame.itertuples(index=False, name=None)):
    faults = bad.get(n)
    if not faults:
        sheet.append(values)
        continue
    cells = []
    for label, v in zip(header, values):
        cell = WriteOnlyCell(sheet, value=v)
        if label in faults:
            cell.fill = red
            cell.comment = Comment(faults[label], "check")
        cells.append(cell)
    sheet.append(cells)
marked.save(out)
