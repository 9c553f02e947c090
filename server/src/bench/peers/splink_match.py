# The same lines against the same people: the model is trained on them, each line takes its likeliest person, and the answers are
# held against the truth. The last line is JSON: seconds (reading left out), links, right ones, and right ones by what was falsified.
import json, sys, time, duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
import splink.comparison_library as cl

people_file, lines_file = sys.argv[1:3]
con = duckdb.connect()
for name, file in (("people", people_file), ("claims", lines_file)):
    con.execute(f"create table {name}_read as select * from read_csv('{file}', header = true, all_varchar = true)")
begun = time.perf_counter()
api = DuckDBAPI(connection=con)
settings = SettingsCreator(
    link_type="link_only",
    comparisons=[
        cl.LevenshteinAtThresholds("number", [1, 2]),
        cl.LevenshteinAtThresholds("name", [1]),
        cl.ExactMatch("village"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("number"),
        block_on("name", "village"),
        block_on("name", "substr(number, 1, 14)"),
        block_on("name", "substr(number, 7, 12)"),
        block_on("name", "right(number, 8)"),
    ],
)
columns = "unique_id, name, number, village"
tables = [api.register(con.sql(f"select {columns} from {t}_read"), dataset_display_name=t) for t in ("people", "claims")]
linker = Linker(tables, settings)
linker.training.estimate_probability_two_random_records_match([block_on("number")], recall=0.9)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=36)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "village"))
linker.training.estimate_parameters_using_expectation_maximisation(block_on("number"))
found = linker.inference.predict(threshold_match_probability=0.5).as_duckdbpyrelation()
con.register("found", found)
# which side is left is not promised
best = con.sql("""
    with f as (select case when source_dataset_l = 'claims' then unique_id_l else unique_id_r end as claim,
                      case when source_dataset_l = 'claims' then unique_id_r else unique_id_l end as person, match_weight from found)
    select claim, person from f qualify row_number() over (partition by claim order by match_weight desc, person) = 1
""")
con.execute("create table best as select * from best")
seconds = time.perf_counter() - begun
links, right = con.execute(
    "select count(*), count(*) filter (where c.truth = b.person) from best b join claims_read c on c.unique_id = b.claim"
).fetchone()
by_what = con.execute(
    "select c.what, count(*), count(*) filter (where c.truth = b.person) from claims_read c left join best b on c.unique_id = b.claim group by 1 order by 1"
).fetchall()
print(json.dumps({
    "seconds": round(seconds, 3), "linked": links, "right": right,
    "by_what": {what: {"lines": lines, "right": good} for what, lines, good in by_what},
}))
