"""Reads what arrowfile.Convert made of the Arrow file argv[1] and compares.

Parquet by pyarrow, polars and DuckDB, CSV by pyarrow and polars, .npy by numpy.
"""

import os
import sys

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

path = sys.argv[1]
base = os.path.splitext(path)[0]
want = pa.ipc.open_file(path).read_all()


def plain(column):
    """The column as numpy: nulls are NaN, or -1 among integers."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    t = column.type
    if pa.types.is_fixed_size_list(t) or pa.types.is_list(t) or pa.types.is_large_list(t):
        width = max(len(v) for v in column.to_pylist() if v is not None)
        return np.array([v if v is not None else [np.nan] * width for v in column.to_pylist()])
    if pa.types.is_integer(t):
        return np.array([-1 if v is None else v for v in column.to_pylist()])
    if pa.types.is_floating(t):
        return np.array([np.nan if v is None else v for v in column.to_pylist()])
    return np.array(column.to_pylist())


def same(what, got, want):
    got, want = np.asarray(got), np.asarray(want)
    if want.dtype.kind == "f":
        assert np.array_equal(got.astype(want.dtype), want, equal_nan=True), (what, got, want)
    else:
        assert got.tolist() == want.tolist(), (what, got, want)


parquet = pq.read_table(base + ".parquet")
assert parquet.column_names == want.column_names
assert {k: v for k, v in (parquet.schema.metadata or {}).items() if k != b"ARROW:schema"} == (want.schema.metadata or {})
frame = pl.read_parquet(base + ".parquet")
relation = duckdb.sql(f"SELECT * FROM read_parquet('{base}.parquet')").to_arrow_table()
sheet = csv.read_csv(base + ".csv")
wide = pl.read_csv(base + ".csv", infer_schema_length=None)
for name in want.column_names:
    values = plain(want[name])
    same("parquet " + name, plain(parquet[name]), values)
    same("polars " + name, plain(frame[name].to_arrow()), values)
    same("duckdb " + name, plain(relation[name]), values)
    columns = [name] if values.ndim == 1 else [f"{name}_{j}" for j in range(values.shape[1])]
    for j, column in enumerate(columns):
        v = values if values.ndim == 1 else values[:, j]
        got = sheet[column].cast(pa.float64()) if v.dtype.kind == "f" else sheet[column]
        # 0.1 stands for the float32 that is nearest to it.
        kind = np.float32 if "float" in str(want.schema.field(name).type) else v.dtype
        same("csv " + column, plain(got).astype(kind), v.astype(kind))
        assert wide[column].len() == len(v)
    file = f"{base}.{name}.npy"
    if values.dtype.kind in "if":
        array = np.load(file, allow_pickle=False)
        assert array.shape == values.shape, (name, array.shape)
        same("npy " + name, array.astype(values.dtype), values)
    else:
        assert not os.path.exists(file)
print("same")
