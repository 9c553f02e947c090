# The same lists against the same members: pairs of a line and a person with his region, once to warm up, the second time measured.
import json, os, sys, time, duckdb
q = json.load(open(sys.argv[1]))
db = duckdb.connect()
db.execute(f"set threads = {os.cpu_count()}")
def ask():
    db.execute(f"""create or replace temp table found as
        select l.line, m.id, m.region_code
          from (select row_number() over () as line, key from read_parquet({q['lists']!r})) l
          join read_parquet({q['members']!r}) m on m.id_no_key = l.key""")
    n = db.execute("select count(*) from found").fetchone()[0]
    assert n == q["pairs"], (n, q["pairs"])
ask()
begun = time.perf_counter()
ask()
print("seconds", time.perf_counter() - begun)
