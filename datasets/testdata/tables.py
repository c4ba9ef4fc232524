"""Writes tables of the images a.png … d.png in every form, for own_test.go.

Run: python tables.py FOLDER, which holds the images. Their classes are no, yes,
yes, no (0, 1, 1, 0).
"""
import os, sys
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

folder = sys.argv[1]
names = ["a.png", "b.png", "c.png", "d.png"]
data = [open(os.path.join(folder, n), "rb").read() for n in names]
ints = [0, 1, 1, 0]
words = ["no", "yes", "yes", "no"]
struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

images = {
    "binary": pa.array(data, pa.binary()),
    "struct": pa.array([{"bytes": d, "path": n} for d, n in zip(data, names)], struct),
    "paths": pa.array([{"bytes": None, "path": n} for n in names], struct),
    "mixed": pa.array([{"bytes": d if i % 2 else None, "path": None if i % 2 else n} for i, (d, n) in enumerate(zip(data, names))], struct),
}
labels = {
    "int64": pa.array(ints, pa.int64()),
    "int8": pa.array(ints, pa.int8()),
    "uint16": pa.array(ints, pa.uint16()),
    "words": pa.array(words),
    "dictionary": pa.array(words).dictionary_encode(),
}


def write(name, table):
    pq.write_table(table, f"{folder}/{name}.parquet", row_group_size=3)
    with pa.OSFile(f"{folder}/{name}.arrow", "wb") as f, pa.ipc.new_file(f, table.schema) as w:
        w.write_table(table, max_chunksize=2)


for i, column in images.items():
    for l, label in labels.items():
        if i == "struct" or l == "int64":
            write(f"{i}-{l}", pa.table({"id": [1.5, 2, 3, 4], "image": column, "label": label}))
write("other-names", pa.table({"picture": images["binary"], "kind": labels["words"]}))
write("img-fine", pa.table({"img": images["struct"], "fine_label": labels["int64"], "coarse_label": labels["int8"]}))
table = pa.table({"image": images["struct"], "label": labels["int64"]})
for codec in ["none", "snappy", "gzip", "zstd", "brotli"]:
    pq.write_table(table, f"{folder}/codec-{codec}.parquet", compression=codec)
pq.write_table(table, f"{folder}/v2-pages.parquet", data_page_version="2.0", use_dictionary=False)
pq.write_table(table, f"{folder}/old.parquet", version="1.0")
feather.write_feather(table, f"{folder}/lz4.feather", compression="lz4")
with pa.OSFile(f"{folder}/stream.arrow", "wb") as f, pa.ipc.new_stream(f, table.schema) as w:
    w.write_table(table)
