"""Writes one features table in every form that other tools give it.

Usage: variants.py FOLDER. Each file holds the same six rows, in order; what a
file leaves out its name says.
"""
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import feather

out = Path(sys.argv[1])
d, k, n = 3, 3, 6
feature = (np.arange(n * d, dtype=np.float64) / 8).reshape(n, d)
logits = (np.arange(n * k, dtype=np.float64) / 4).reshape(n, k)
label = [0, 1, 2, 0, 1, 2]
true_label = [0, 1, 2, 0, 2, 1]


def vectors(values, kind, dtype):
    flat = pa.array(values.ravel().astype(dtype.to_pandas_dtype()), dtype)
    width = values.shape[1]
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(flat, width)
    offsets = np.arange(0, values.size + 1, width)
    if kind == "list":
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat)
    return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), flat)


def table(kind="fixed", dtype=pa.float32(), integer=pa.int32(), **extra):
    columns = {
        "feature": vectors(feature, kind, dtype),
        "logits": vectors(logits, kind, dtype),
        "label": pa.array(label, integer),
        "true_label": pa.array(true_label, integer),
        **extra,
    }
    return pa.table(columns).replace_schema_metadata({"classes": str(k), "split": "train"})


def write(name, t, stream=False, chunk=None, **options):
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(out / f"{name}.arrow", t.schema, options=pa.ipc.IpcWriteOptions(**options)) as w:
        w.write_table(t, max_chunksize=chunk)


for kind in ("fixed", "list", "large"):
    for dtype in (pa.float16(), pa.float32(), pa.float64()):
        write(f"{kind}_{dtype}", table(kind, dtype))
for integer in (pa.int8(), pa.int16(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
    write(f"label_{integer}", table(integer=integer))
write("stream", table(), stream=True)
write("batches", table(), chunk=1)
write("stream_batches", table(), stream=True, chunk=2)
write("legacy_framing", table(), use_legacy_format=True)
write("metadata_v4", table(), metadata_version=pa.ipc.MetadataVersion.V4)
for codec in ("lz4", "zstd"):
    write(f"file_{codec}", table(), compression=codec)
    write(f"stream_{codec}", table(), stream=True, chunk=4, compression=codec)
    feather.write_feather(table(), str(out / f"feather_{codec}.arrow"), compression=codec)
feather.write_feather(table(), str(out / "feather.arrow"), compression="uncompressed")
write("sliced", pa.concat_tables([table(), table()]).slice(6, 6).combine_chunks())

split = pa.array(["train", "val", "train", "train", "val", "val"])
write("split_utf8", table(split=split))
write("split_large_utf8", table(split=split.cast(pa.large_string())))
write("split_view", table(split=split.cast(pa.string_view())))
write("split_dictionary", table(split=split.dictionary_encode()))
write("split_dictionary_batches", table(split=split.dictionary_encode()), chunk=2)
deltas = pa.chunked_array([split[:1].dictionary_encode(), pa.DictionaryArray.from_arrays(
    pa.array([1, 0, 0, 1, 1], pa.int32()), pa.array(["train", "val"]))])
write("split_dictionary_deltas", table(split=deltas), emit_dictionary_deltas=True)
write("split_dictionary_deltas_stream", table(split=deltas), stream=True, emit_dictionary_deltas=True)
write("split_dictionary_replaced_stream", table(split=pa.chunked_array(
    [split[i:i + 2].dictionary_encode() for i in range(0, n, 2)])), stream=True)

others = {
    "image": pa.array([b"x" * i for i in range(n)]),
    "view": pa.array(["a long string that no view holds inline"] * n, pa.string_view()),
    "when": pa.array(range(n), pa.timestamp("us", "UTC")),
    "price": pa.array(range(n), pa.decimal128(10, 2)),
    "nested": pa.array([{"a": [i], "b": {"c": None}} for i in range(n)]),
    "map": pa.array([[("a", i)] for i in range(n)], pa.map_(pa.string(), pa.int32())),
    "nothing": pa.nulls(n),
    "flag": pa.array([True, None] * 3),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 6], pa.int32()), pa.array(["a", "b"])),
    "union": pa.UnionArray.from_sparse(pa.array([0] * n, pa.int8()), [pa.array(range(n))]),
    "label_name": pa.array(["a", "b", "c"] * 2).dictionary_encode(),
}
for name, column in others.items():
    write(f"other_{name}", table(**{name: column}))
write("others", table(**others), compression="zstd")

write("no_true_label", table().drop_columns("true_label"))
write("no_logits", table().drop_columns("logits"))
write("no_classes", table().replace_schema_metadata({}))

shape = pa.fixed_shape_tensor(pa.float32(), [d])
tensor = pa.ExtensionArray.from_storage(shape, vectors(feature, "fixed", pa.float32()))
write("tensor", table().set_column(0, "feature", tensor))

try:
    import polars
except ImportError:
    print("no polars")
else:
    frame = polars.from_arrow(table(split=split, name=pa.array(list("abcdef")))).with_columns(
        polars.col("split").cast(polars.Categorical))
    frame.write_ipc(out / "polars.arrow")
    frame.write_ipc(out / "polars_zstd.arrow", compression="zstd")
    frame.write_ipc_stream(out / "polars_stream.arrow")
try:
    import duckdb
except ImportError:
    print("no duckdb")
else:
    source = table()
    result = duckdb.sql("select feature::float[] as feature, logits, label::bigint as label, true_label from source")
    result = result.arrow() if hasattr(result, "arrow") else result.fetch_arrow_table()
    if isinstance(result, pa.RecordBatchReader):
        result = result.read_all()
    write("duckdb", result)
