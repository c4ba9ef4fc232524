"""Writes images.json: what Pillow makes of encoded images, for imagedecode_test.go.

Run: python pillow_images.py > images.json
"""
import base64, io, json, random, sys
import PIL
from PIL import Image

random.seed(2)
w, h = 20, 14
smooth = Image.new("RGB", (w, h))
smooth.putdata([(12 * x, 17 * y, 255 - 6 * (x + y)) for y in range(h) for x in range(w)])
noise = Image.frombytes("RGB", (w, h), bytes(random.randrange(256) for _ in range(3 * w * h)))
alpha = noise.copy()
alpha.putalpha(Image.frombytes("L", (w, h), bytes(random.randrange(256) for _ in range(w * h))))
cases = [
    ("png rgb", noise, "PNG", {}),
    ("png rgb interlaced bits", smooth, "PNG", {"optimize": True}),
    ("png rgba", alpha, "PNG", {}),
    ("png grey", noise.convert("L"), "PNG", {}),
    ("png grey and alpha", alpha.convert("LA"), "PNG", {}),
    ("png palette", noise.quantize(16), "PNG", {}),
    ("png palette, transparent", noise.quantize(16), "PNG", {"transparency": 3}),
    ("png one bit", noise.convert("1"), "PNG", {}),
    ("jpeg grey", smooth.convert("L"), "JPEG", {"quality": 95}),
    ("jpeg 4:4:4", smooth, "JPEG", {"quality": 95, "subsampling": 0}),
    ("jpeg 4:2:0", smooth, "JPEG", {"quality": 95, "subsampling": 2}),
    ("jpeg progressive", smooth, "JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
]
encode = lambda data: base64.b64encode(data).decode()
out = []
for name, image, kind, options in cases:
    file = io.BytesIO()
    image.save(file, kind, **options)
    read = Image.open(io.BytesIO(file.getvalue())).convert("RGB").resize((32, 32), Image.BILINEAR)
    planes = b"".join(channel.tobytes() for channel in read.split())
    out.append({"name": name, "file": encode(file.getvalue()), "want": encode(planes)})
json.dump({"pillow": PIL.__version__, "cases": out}, sys.stdout, indent=0)
print()
