"""Writes resize.json: what Pillow makes of small grey images, for resize_test.go.

Run with Pillow 10 (see resize.go): python pillow.py DIR_OF_MNIST > resize.json
"""
import base64, gzip, json, random, sys
import PIL
from PIL import Image

with gzip.open(sys.argv[1] + "/t10k-images-idx3-ubyte.gz") as f:
    digits = f.read()[16:]
random.seed(1)
noise = lambda n: bytes(random.choice((0, 255, random.randrange(256))) for _ in range(n))
cases = [("digit %d" % i, 28, 28, 32, 32, digits[784 * i : 784 * (i + 1)]) for i in (0, 1, 7)]
for in_h, in_w, out_h, out_w in [
    (28, 28, 32, 32), (32, 32, 32, 32), (1, 1, 32, 32), (5, 7, 32, 32), (32, 40, 32, 32),
    (40, 32, 32, 32), (48, 64, 32, 32), (33, 31, 32, 32), (100, 3, 32, 32), (9, 9, 2, 5),
]:
    cases.append(("noise %dx%d" % (in_h, in_w), in_h, in_w, out_h, out_w, noise(in_h * in_w)))
encode = lambda data: base64.b64encode(data).decode()
out = []
for name, in_h, in_w, out_h, out_w, data in cases:
    image = Image.frombytes("L", (in_w, in_h), data).resize((out_w, out_h), Image.BILINEAR)
    out.append({"name": name, "in": [in_h, in_w], "out": [out_h, out_w], "pixels": encode(data), "want": encode(image.tobytes())})
json.dump({"pillow": PIL.__version__, "cases": out}, sys.stdout, indent=0)
print()
