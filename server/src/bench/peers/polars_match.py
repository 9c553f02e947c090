# The same lists against the same members: pairs of a line and a person with his region, once to warm up, the second time measured.
import json, sys, time, polars as pl
q = json.load(open(sys.argv[1]))
def ask():
    lines = pl.scan_parquet(q["lists"]).with_row_index("line")
    members = pl.scan_parquet(q["members"]).select("id_no_key", "id", "region_code")
    found = members.join(lines, left_on="id_no_key", right_on="key").select("line", "id", "region_code").collect(engine="streaming")
    assert found.height == q["pairs"], (found.height, q["pairs"])
ask()
begun = time.perf_counter()
ask()
print("seconds", time.perf_counter() - begun)
