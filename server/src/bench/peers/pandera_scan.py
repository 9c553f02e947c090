# The same rules over the files of one county as checks of a data-quality library, all failures kept. `which` tells the rules that can
# be said here. The last line is JSON: seconds (reading included, as ours includes it) and failures.
import json, re, sys, time
import polars as pl
import polars.selectors as cs
import pandera.polars as pa

q = json.load(open(sys.argv[1]))
mode = sys.argv[2]
TODAY = f"date '{q['today']}'"

def said(rule):
    rule = rule.replace("rule.today()", TODAY)
    # whole years between a birth and a day
    rule = re.sub(r"rule\.age_at\((\w+), ([^()]*)\)", r"((extract(year from \2) * 10000 + extract(month from \2) * 100 + extract(day from \2) - extract(year from \1) * 10000 - extract(month from \1) * 100 - extract(day from \1)) / 10000)", rule)
    rule = re.sub(r"\(left\((\w+), 10000\) ~ ('(?:[^']|'')*')\)", r"regexp_like(\1, \2)", rule)
    rule = re.sub(r"rule\.yuan\(([^()]*)\)", r"(\1 * 100)", rule)
    return rule

def frame(v):
    columns = [pl.sql_expr(f"{sql} as {name}") for name, sql in v["columns"].items()]
    # failures are told as JSON, which has no bytes: keys of people stay out
    return pl.scan_parquet(v["files"]).select(columns).select(~cs.binary())

def checks(v, rules):
    return [
        pa.Check(lambda data, e=pl.sql_expr(said(r)): data.lazyframe.select((~e).fill_null(True).alias("ok")), name=f"r{n}")
        for n, r in rules
    ]

if mode == "which":
    out = []
    for v in q["views"]:
        head, good = frame(v).head(0), []
        for n, r in enumerate(v["rules"]):
            try:
                if head.select(pl.sql_expr(said(r)).alias("ok")).collect().schema["ok"] == pl.Boolean:
                    good.append(n)
            except BaseException:
                pass
        out.append(good)
    print(json.dumps(out))
    sys.exit()

begun, failures = time.perf_counter(), 0
for v in q["views"]:
    schema = pa.DataFrameSchema(checks=checks(v, list(enumerate(v["rules"]))))
    try:
        schema.validate(frame(v).collect(), lazy=True)
    except pa.errors.SchemaErrors as e:
        failures += len(e.failure_cases)
print(json.dumps({"seconds": time.perf_counter() - begun, "failures": failures}))
