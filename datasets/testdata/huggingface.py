"""Writes data sets as Hugging Face's library does, for imagetable_test.go.

Run: python huggingface.py; it makes the folder huggingface. Image i of a part is
of one colour, (40i, 255 - 40i, 128), and of class i mod 2; there are five to
train on and three to test with.
"""
import os, shutil
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, Value
import PIL.Image

shutil.rmtree("huggingface", ignore_errors=True)
features = Features({"id": Value("string"), "image": Image(), "label": ClassLabel(names=["cat", "dog"])})


def part(n):
    colours = [PIL.Image.new("RGB", (8, 6), (40 * i, 255 - 40 * i, 128)) for i in range(n)]
    return Dataset.from_dict({"id": [str(i) for i in range(n)], "image": colours, "label": [i % 2 for i in range(n)]}, features=features)


both = DatasetDict({"train": part(5), "test": part(3)})
both.save_to_disk("huggingface/disk")
os.makedirs("huggingface/hub/data")
for name, rows in both.items():
    rows.to_parquet(f"huggingface/hub/data/{name}-00000-of-00001.parquet")
for folder, _, files in os.walk("huggingface"):
    for file in files:
        if file.endswith(".lock"):
            os.remove(os.path.join(folder, file))
