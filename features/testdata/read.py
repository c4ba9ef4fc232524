"""Reads a features table and a classifier with pyarrow, polars and DuckDB.

Usage: read.py FEATURES CLASSIFIER. Prints, one line each, what the Go test
expects; fails when two readers disagree.
"""
import sys

import pyarrow as pa

features, classifier = sys.argv[1:]
with pa.ipc.open_file(features) as f:
    table = f.read_all()
table.validate(full=True)
print(table.schema.to_string(show_schema_metadata=False))
for key in (b"classes", b"split", b"run"):
    print(key.decode(), "=", table.schema.metadata[key].decode())
rows = table.to_pylist()
for row in rows:
    print(*row["feature"], *row["logits"], row["label"], row["true_label"], row["split"])
with pa.ipc.open_file(classifier) as f:
    for row in f.read_all().to_pylist():
        print(*row["weight"], row["bias"])

try:
    import polars
except ImportError:
    print("no polars", file=sys.stderr)
else:
    assert polars.read_ipc(features).to_dicts() == rows
try:
    import duckdb
except ImportError:
    print("no duckdb", file=sys.stderr)
else:
    data = table
    got = duckdb.sql(
        "select count(*), sum(label), sum(feature[1]), sum(len(logits)), count(distinct split) from data"
    ).fetchall()[0]
    want = (
        len(rows),
        sum(r["label"] for r in rows),
        sum(r["feature"][0] for r in rows),
        sum(len(r["logits"]) for r in rows),
        len({r["split"] for r in rows}),
    )
    assert got == want, (got, want)
