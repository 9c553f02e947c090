# The same questions over the same files: count and first page of each, once to warm up, the second time measured.
import json, sys, time, polars as pl
q = json.load(open(sys.argv[1]))
db = pl.SQLContext({name: pl.scan_parquet(files) for name, files in q["tables"].items()})
def ask():
    for one in q["questions"]:
        found = db.execute(f"select h.id, h.region_code from {one['from']}")
        count = found.select(pl.len())
        page = found.sort("region_code", "id").head(one["page"])
        n, _ = pl.collect_all([count, page])
        assert n.item() == one["count"], (n.item(), one)
ask()
begun = time.perf_counter()
ask()
print("seconds", time.perf_counter() - begun)
