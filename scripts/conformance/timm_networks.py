"""Networks of timm: one of each kind, as small as it comes."""

import functools
import importlib.util

from architectures import CLASSES


def plain(name, **options):
    def build():
        import timm  # a Python of the user's may lack it

        return timm.create_model(name, num_classes=CLASSES, exportable=True, **options)

    return build


def made(kind, **options):
    """A network of timm's class that none of its names makes small enough."""

    def build():
        from timm.layers import GatedMlp
        from timm.models import convmixer, mlp_mixer

        kinds = {
            "convmixer": convmixer.ConvMixer,
            "gmlp": functools.partial(mlp_mixer.MlpMixer, block_layer=mlp_mixer.SpatialGatingBlock, mlp_layer=GatedMlp, mlp_ratio=6),
            "mixer": mlp_mixer.MlpMixer,
        }
        return kinds[kind](num_classes=CLASSES, **options)

    return build


def installed():
    return importlib.util.find_spec("timm") is not None


def sized(name, size, **options):
    return plain(name, img_size=size, **options)


# name: (builder, image size)
TIMM = {
    "beit (2 layers)": (sized("beit_base_patch16_224", 32, depth=2), 32),
    "caformer_s18": (plain("caformer_s18"), 64),
    "cait_xxs24 (4 layers)": (sized("cait_xxs24_224", 64, depth=4), 64),
    "coat_tiny": (sized("coat_tiny", 64), 64),
    "convmixer (4 layers)": (made("convmixer", dim=64, depth=4, kernel_size=7, patch_size=7), 64),
    "convnextv2_atto": (plain("convnextv2_atto"), 64),
    "crossvit_tiny": (plain("crossvit_tiny_240"), 240),
    "cspresnet50": (plain("cspresnet50"), 64),
    "davit_tiny": (plain("davit_tiny"), 64),
    "dla34": (plain("dla34"), 64),
    "edgenext_xx_small": (plain("edgenext_xx_small"), 64),
    "eva02_tiny": (sized("eva02_tiny_patch14_224", 56, depth=2), 56),
    "ghostnet_050": (plain("ghostnet_050"), 64),
    "gmlp (4 layers)": (made("gmlp", img_size=64, patch_size=16, embed_dim=128, num_blocks=4), 64),
    "hrnet_w18_small": (plain("hrnet_w18_small"), 64),
    "levit_128s": (plain("levit_128s"), 224),
    "mixer (2 layers)": (made("mixer", img_size=64, patch_size=16, embed_dim=128, num_blocks=2), 64),
    "mobilevit_xxs": (plain("mobilevit_xxs"), 64),
    "mvitv2_tiny": (sized("mvitv2_tiny", 64), 64),
    "nfnet_l0": (plain("nfnet_l0"), 64),
    "poolformer_s12": (plain("poolformer_s12"), 64),
    "pvt_v2_b0": (plain("pvt_v2_b0"), 64),
    "regnety_002": (plain("regnety_002"), 64),
    "repvgg_a0": (plain("repvgg_a0"), 64),
    "res2net50_26w_4s": (plain("res2net50_26w_4s"), 64),
    "resnest14d": (plain("resnest14d"), 64),
    "resnetv2_50x1_bit": (plain("resnetv2_50x1_bit"), 64),
    "skresnet18": (plain("skresnet18"), 64),
    "tnt_s (2 layers)": (sized("tnt_s_patch16_224", 64, depth=2), 64),
    "tresnet_m": (plain("tresnet_m"), 64),
    "xcit_nano (2 layers)": (sized("xcit_nano_12_p16_224", 64, depth=2), 64),
}
