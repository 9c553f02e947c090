# The same rules over the same files. `which` tells the rules that can be said here; `each` asks one query a rule (counts by county
# and a thousand ids), `pass` one query for all (counts by county only).
import json, os, re, sys, time, duckdb

q = json.load(open(sys.argv[1]))
mode = sys.argv[2]
db = duckdb.connect()
db.execute(f"set threads = {os.cpu_count()}")
db.execute("create schema rule")
AGE = "datediff('year', b, a) - case when month(a) * 100 + day(a) < month(b) * 100 + day(b) then 1 else 0 end"
for name, body in {
    "today()": f"date '{q['today']}'",
    "age_at(b, a)": f"case when a >= b then {AGE} end",
    "year_of(d)": "year(d)",
    "month_of(d)": "year(d) * 100 + month(d)",
    "day_of(m)": "cast(m + interval 8 hour as date)",
    "days_between(a, b)": "datediff('day', a, b)",
    "months_between(a, b)": "(b // 100 - a // 100) * 12 + (b % 100 - a % 100)",
    "school_day(d)": "make_date(year(d - interval 8 month), 9, 1)",
    "yuan(n)": "n * 100",
    "to_yuan(n)": "n / 100",
    "length(t)": "length(t)",
    "ends_with(t, x)": "suffix(t, x)",
    "has_text(t, x)": "contains(t, x)",
    "size(l)": "len(l)",
    "repeats(l)": "len(list_distinct(l)) < len(l)",
    "count_true(l)": "len(list_filter(l, lambda x: x))",
}.items():
    db.execute(f"create macro rule.{name} as {body}")

def said(rule):
    rule = rule.replace("cardinality(", "len(")
    return re.sub(r"\(left\((\w+), 10000\) ~ ('(?:[^']|'')*')\)", r"regexp_matches(\1, \2)", rule)

def view(v):
    columns = ", ".join(f"{sql} as {name}" for name, sql in v["columns"].items())
    return f"(select id, region_code as region, {columns} from read_parquet({v['files']!r}))"

if mode == "which":
    out = []
    for v in q["views"]:
        good = []
        for n, rule in enumerate(v["rules"]):
            try:
                db.execute(f"explain select {said(rule)} from {view(v)}").fetchall()
                good.append(n)
            except duckdb.Error:
                pass
        out.append(good)
    print(json.dumps(out))
    sys.exit()

def scan():
    hits = 0
    for v in q["views"]:
        rules = [said(r) for r in v["rules"]]
        if mode == "pass":
            asks = ", ".join(f"count(*) filter (where {r})" for r in rules)
            for row in db.execute(f"select substr(region, 1, 6), {asks} from {view(v)} group by 1").fetchall():
                hits += sum(row[1:])
        else:
            for r in rules:
                hits += sum(n for _, n in db.execute(f"select substr(region, 1, 6), count(*) from {view(v)} where {r} group by 1").fetchall())
                db.execute(f"select id from {view(v)} where {r} limit 1000").fetchall()
    return hits

scan()
begun = time.perf_counter()
hits = scan()
print("seconds", time.perf_counter() - begun)
print(f"DuckDB {mode}: {hits} hits", file=sys.stderr)
