import pytest

from models import processor


@pytest.mark.parametrize(
    ("flags", "bf16", "int8"),
    [
        ("avx2 fma", False, False),
        ("avx512f avx512_vnni", False, True),
        ("avx512f avx512_vnni avx512_bf16", True, False),
        ("avx512_vnni amx_bf16", True, False),
        ("", False, False),
    ],
)
def test_bf16_comes_before_bytes_and_bytes_need_vnni(monkeypatch, flags, bf16, int8):
    monkeypatch.setattr(processor, "processor_flags", lambda: set(flags.split()))
    assert (processor.native_bf16(), processor.native_int8()) == (bf16, int8)


def test_the_cpu_build_of_torch_uses_no_gpu(monkeypatch):
    monkeypatch.setattr(processor, "version", lambda _: "2.13.0+cpu")
    assert processor.gpu() is False
