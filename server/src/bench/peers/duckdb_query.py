# The same questions over the same files: count and first page of each, once to warm up, the second time measured.
import json, os, sys, time, duckdb
q = json.load(open(sys.argv[1]))
db = duckdb.connect()
db.execute(f"set threads = {os.cpu_count()}")
for name, files in q["tables"].items():
    db.execute(f"create view {name} as select * from read_parquet({files!r})")
def ask():
    for one in q["questions"]:
        n = db.execute(f"select count(*) from {one['from']}").fetchone()[0]
        assert n == one["count"], (n, one)
        db.execute(f"select h.id, h.region_code from {one['from']} order by h.region_code, h.id limit {one['page']}").fetchall()
ask()
begun = time.perf_counter()
ask()
print("seconds", time.perf_counter() - begun)
